// SPDX-License-Identifier: Apache-2.0
// What domains say, and what is made of it.
import { expect, test } from '@playwright/test';
import { downOf, faultsOfDomain } from '../../../../lib/trial/own/domain-facts.ts';
import { heardEnough, Voices } from '../../../../lib/trial/own/listen.ts';
import type { DomainFacts } from '../../../../lib/trial/own/own-outcome.ts';
import { stateOf } from '../../../../lib/trial/own/own-xl-run.ts';
import { Voice } from '../../../../lib/trial/own/voice.ts';
import { virtLayout } from '../../../../lib/qemu/virt.ts';
import { planTrial } from '../../../../lib/trial/plan.ts';
import { talkingMachine } from '../../boot/talking-machine.ts';
import { hostTree, pairSource } from '../trees.ts';

const expected = [{ domain: 'radar', pattern: /^up: \d+$/ }];

test('an expected line is heard once, of its own domain, whole or still growing', () => {
  const radar = new Voice('radar', expected);
  const fusion = new Voice('fusion', expected);

  radar.take('is it up: 50', 10);
  expect(radar.satisfied).toBe(false);
  radar.peek('up: 50', 20);
  radar.take('up: 50\r', 30);

  expect(radar.heard(5)).toEqual([{ pattern: '/^up: \\d+$/', afterMs: 15 }]);
  expect([radar.lines, radar.last.at(-1)]).toEqual([2, 'up: 50']);
  expect(fusion.free).toBe(true);
});

test('what is waited for: every expected line, and where there is none that all are quiet', () => {
  const radar = new Voice('radar', expected);
  const fusion = new Voice('fusion', expected);

  expect(heardEnough([radar], true)).toBe(false);
  radar.take('up: 1', 1);
  expect(heardEnough([radar], false)).toBe(true);
  expect(heardEnough([radar, fusion], false)).toBe(false);
  expect(heardEnough([radar, fusion], true)).toBe(true);
});

test('a Linux that panics is not waited for, and is a fault with its last lines', () => {
  const radar = new Voice('radar', expected);
  radar.take('VFS: Cannot open root device', 1);
  radar.take('[ 1.5] Kernel panic - not syncing: VFS: Unable to mount root fs', 2);
  const facts: DomainFacts = {
    ...{ name: 'radar', domid: 1, state: 'panicked', why: radar.death?.text, files: [] },
    ...{ lines: radar.lines, lastLine: radar.last.at(-1), expected: radar.heard(0) },
  };

  expect(heardEnough([radar], true)).toBe(true);
  expect(faultsOfDomain(facts, radar, 60_000, 'host.dts:9:5')).toMatchObject([
    {
      assertion: 'radar: its kernel lives',
      message: 'Kernel panic - not syncing: VFS: Unable to mount root fs',
      where: 'host.dts:9:5',
    },
    {
      assertion: 'radar: it says /^up: \\d+$/',
      message: expect.stringContaining('within 60 s; it said last: VFS: Cannot open root device |'),
    },
  ]);
  expect(downOf([facts]).get('radar')).toContain('radar is not up: Kernel panic');
});

const signs = { crash: undefined, voice: new Voice('radar', []), log: '' };

for (const [title, entry, more, state, why] of [
  ['one that is listed runs', { state: 'b' }, {}, 'runs', undefined],
  [
    'one that has shut down has ended',
    { state: 's' },
    { log: 'Domain 3 has shut down, reason code 0 0x0\n' },
    'ended',
    'Domain 3 has shut down, reason code 0 0x0',
  ],
  [
    'one that is gone with the reason crash has crashed',
    undefined,
    { log: 'Domain 3 has shut down, reason code 3 0x3\nDomain 3 needs to be cleaned up\n' },
    'crashed',
    'Domain 3 has shut down, reason code 3 0x3',
  ],
  ['one that is gone has ended', undefined, {}, 'ended', undefined],
  [
    'one that came again runs, and that is told',
    { state: 'r' },
    { log: 'Domain 3 has shut down, reason code 1 0x1\nDomain 4 is up\n' },
    'runs',
    'it has been restarted: Domain 3 has shut down, reason code 1 0x1',
  ],
  [
    'what Xen says of its end counts first',
    { state: 'c' },
    { crash: 'Domain 3 (vcpu#0) crashed on cpu#1' },
    'crashed',
    'Domain 3 (vcpu#0) crashed on cpu#1',
  ],
] as const)
  test(`a domain of xl: ${title}`, () => {
    expect(stateOf(entry, { ...signs, ...more })).toEqual({ state, why });
  });

test('what the board’s firmware says is not dom0’s', ({}, { outputDir }) => {
  const { machine, print } = talkingMachine(outputDir);
  const [radar] = planTrial(hostTree(pairSource()), virtLayout).plan.domains;
  const dom0 = radar === undefined ? [] : [{ ...radar, name: 'dom0', domid: 0 }];
  const wanted = [
    { domain: 'dom0', pattern: /Starting kernel/ },
    { domain: 'dom0', pattern: /^Welcome/ },
  ];
  print('U-Boot 2025.01\nStarting kernel ...\n');
  const voices = new Voices(machine, dom0, wanted);
  print(' Xen 4.20\n(XEN) Xen version 4.20.2 (x@y) (gcc) debug=n\n(XEN) Processor: 1\n');
  print('Welcome to Linux\n(XEN) DOM1: of another\n');

  expect(voices.of(0)?.lines).toBe(1);
  expect(voices.of(0)?.heard(0)).toMatchObject([
    { pattern: '/Starting kernel/', afterMs: undefined },
    { pattern: '/^Welcome/', afterMs: expect.any(Number) },
  ]);
});
