// SPDX-License-Identifier: Apache-2.0
// Partial device trees and event channels as a user has them, booted.
import { expect, test } from '@playwright/test';
import { runTrial } from '../../../lib/trial/trial.ts';
import type { TrialSystem } from '../../../lib/trial/subject.ts';
import { faultsOf, type TrialOutcome } from '../../../lib/trial/verdict.ts';
import { boardWith } from '../boot/boards.ts';
import { bothSram, channelEnd, partialTree, passingSystem, sramNode } from './passed-trees.ts';

const run = (
  system: TrialSystem,
  evidence: string,
  flavour = 'early-console',
): Promise<TrialOutcome> => runTrial(system, { board: boardWith(), evidence, flavour });

const assertions = (outcome: TrialOutcome): string[] =>
  faultsOf(outcome).map(({ assertion }) => assertion);

const radar = channelEnd('a', 10, '&b');
const fusion = channelEnd('b', 11, '&a');

test('SRAM and an event channel work both ways, by data and by what is mapped', async ({}, {
  outputDir,
}) => {
  const outcome = await run(passingSystem(bothSram, { radar, fusion }), outputDir);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'works' }]);
  expect(outcome.channels).toMatchObject([{ verdict: 'works' }]);
});

test('dom0 has the same SRAM cacheable, which the domains have as Device', async ({}, {
  outputDir,
}) => {
  const kernel =
    'module@1000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x1000000 1>; };';
  const chosen = kernel + channelEnd('zero', 12, '&one');
  const text = { sram: '', chosen, radar: channelEnd('one', 13, '&zero') };
  const outcome = await run(passingSystem(bothSram, text), outputDir);

  expect(assertions(outcome)).toEqual(['xen,reg 0xfffc0000: all have it with the same attributes']);
  expect(faultsOf(outcome)[0]?.message).toMatch(
    /radar has it device-nGnRE .*; fusion has it device-nGnRE .*; dom0 has it normal-write-back/,
  );
  expect(outcome.channels).toMatchObject([{ verdict: 'works' }]);
});

test('memory that is cacheable on both sides works with a Xen that knows it', async ({}, {
  outputDir,
}) => {
  const cacheable = ['radar', 'fusion'].map((name) =>
    partialTree(`${name}.dts`, sramNode('xen,reg-cacheable = <0xfffc0000 0x1000 0x50000000>')),
  );
  const outcome = await run(passingSystem(cacheable), outputDir, 'shared-memory');

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'works', sharing: { mechanism: 'xen,reg-cacheable' } },
  ]);
});

test('what Xen does not know of a tree is not mapped, and told by stage 2', async ({}, {
  outputDir,
}) => {
  const unknown = partialTree(
    'fusion.dts',
    sramNode(
      'xen,reg-cacheable = <0xfffc2000 0x2000 0x52000000>',
      'xen,force-assign-without-iommu;',
    ),
  );
  const outcome = await run(passingSystem([bothSram[0], unknown]), outputDir);

  expect(assertions(outcome)).toContain('xen,reg 0xfffc0000: fusion has it mapped as written');
  expect(faultsOf(outcome).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('at guest address 0x52000000, is not mapped'),
  );
});

test('what is not on a page boundary is refused in Xen’s words', async ({}, { outputDir }) => {
  const odd = partialTree('fusion.dts', sramNode('xen,reg = <0xfffc2800 0x2000 0x52000000>'));
  const outcome = await run(passingSystem([bothSram[0], odd]), outputDir);

  expect(outcome.boot.kind).toBe('panic');
  expect(faultsOf(outcome)[0]?.message).toContain(
    'DomU passthrough config has not page aligned addresses/sizes',
  );
  expect(outcome.verdicts).toMatchObject([{ verdict: 'not-tried' }]);
});

test('an event channel whose other end Xen does not know has no signals', async ({}, {
  outputDir,
}) => {
  const unknown = {
    radar: radar.replace('evtchn-v1', 'evtchn'),
    fusion: fusion.replace('evtchn-v1', 'evtchn'),
  };
  const outcome = await run(passingSystem(bothSram, unknown), outputDir);

  expect(outcome.verdicts).toMatchObject([{ verdict: 'works' }]);
  expect(outcome.channels).toMatchObject([{ verdict: 'fails' }]);
  expect(assertions(outcome)).toEqual([
    'xen,evtchn radar:10 fusion:11: a signal of radar reaches fusion',
    'xen,evtchn radar:10 fusion:11: a signal of fusion reaches radar',
  ]);
});
