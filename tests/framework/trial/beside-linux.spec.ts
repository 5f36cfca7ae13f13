// SPDX-License-Identifier: Apache-2.0
// Of a host device tree where dom0 is a Linux in which xl creates domains: who has SRAM by a partial
// device tree, by iomem, and because Xen maps to dom0 what no domain is given; and dom0's event channels.
import { expect, test } from '@playwright/test';
import type { PartialTree } from '../../../lib/import/partial-tree.ts';
import { findSharings } from '../../../lib/trial/sharings.ts';
import type { TrialSystem } from '../../../lib/trial/subject.ts';
import { runTrial } from '../../../lib/trial/trial.ts';
import { faultsOf, type TrialOutcome } from '../../../lib/trial/verdict.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { planXlTrial } from '../../../lib/trial/xl-plan.ts';
import { boardWith } from '../boot/boards.ts';
import {
  channelEnd,
  type PassingText,
  partialTree,
  passingSystem,
  sramNode,
} from './passed-trees.ts';
import { xlSystem } from './trees.ts';

// A dom0 with domains of Xen's beside it is booted, not restored.
test.describe.configure({ timeout: 240_000 });

const user = (entry: string): string => `name = "user"\nmemory = 32\niomem = [ "${entry}" ]\n`;

/** Two partial trees with 4 KiB of the bank each, cacheable: the first page and the second. */
const cacheable = ['0xfffc0000', '0xfffc1000'].map((address, index) =>
  partialTree(
    `${index === 0 ? 'radar' : 'fusion'}.dts`,
    sramNode(`xen,reg-cacheable = <${address} 0x1000 0x50000000>`),
  ),
);

function withUser(entry: string, text: PassingText, partials: readonly PartialTree[]): TrialSystem {
  const { domains } = xlSystem({ 'user.cfg': user(entry) });
  return { ...passingSystem(partials, text), domains };
}

const run = (system: TrialSystem, evidence: string): Promise<TrialOutcome> =>
  runTrial(system, { board: boardWith(), evidence, flavour: 'shared-memory' });

const partiesIn = (system: TrialSystem): [string, ...string[]][] =>
  findSharings(system).sharings.map(({ id, parties }) => [id, ...parties.map((one) => one.domain)]);

test('a window in a bank is a party of what partial device trees give of it', () => {
  const bank = withUser('0xfffc0,2@0x60000,memory', { sram: ' ' }, cacheable);
  const kept = withUser('0xfffc0,2@0x60000,memory', {}, cacheable);

  expect(partiesIn(bank)).toEqual([['xen,reg 0xfffc0000', 'radar', 'fusion', 'user', 'dom0']]);
  expect(partiesIn(kept)).toEqual([['xen,reg 0xfffc0000', 'radar', 'fusion', 'user']]);
});

test('what xl alone gives of a bank is shared with dom0, unless that is for domains', () => {
  const bank = withUser('0xfffc0,2@0x60000', { sram: ' ' }, []);
  const kept = findSharings(withUser('0xfffc0,2@0x60000', {}, []));

  expect(partiesIn(bank)).toEqual([['iomem 0xfffc0000', 'user', 'dom0']]);
  expect(kept.sharings).toEqual([]);
  expect(kept.untried[0]).toMatchObject({ what: 'iomem 0xfffc0000: user' });
  expect(kept.untried[0]?.reason).toContain('dom0 has what is not marked xen,passthrough');
});

test('a bank has one place for all, and is not reserved besides', () => {
  const system = withUser('0xfffc0,2@0x60000,memory', {}, cacheable);
  const { plan, passed, replaced } = planXlTrial(system, virtLayout, 'x');
  const base = plan.sram[0]?.hostAddress ?? 0n;

  expect(plan.sram).toMatchObject([{ passthrough: true, exported: false }]);
  expect([0xfffc_0000n, 0xfffc_1000n].map((one) => passed.places.of(one) - base)).toEqual([
    0n,
    0x1000n,
  ]);
  expect(plan.reserved).toEqual([]);
  expect(replaced.map(({ text }) => text).join('\n')).not.toContain('reserved RAM');
});

test('domains of partial device trees, one of xl and dom0 exchange every word of a bank', async ({}, {
  outputDir,
}) => {
  const system = withUser('0xfffc0,2@0x60000,memory', { sram: ' ' }, cacheable);

  const outcome = await run(system, outputDir);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'works', sharing: { id: 'xen,reg 0xfffc0000', mechanism: 'xen,reg-cacheable' } },
  ]);
});

test('what is given as Device in one place and cacheable in another is told, with each one’s line', async ({}, {
  outputDir,
}) => {
  const outcome = await run(withUser('0xfffc0,1@0x60000', { sram: ' ' }, []), outputDir);

  expect(outcome.verdicts).toMatchObject([
    { verdict: 'fails', sharing: { id: 'iomem 0xfffc0000' } },
  ]);
  expect(faultsOf(outcome).map(({ assertion, message }) => [assertion, message])).toEqual([
    [
      'iomem 0xfffc0000: all have it with the same attributes',
      expect.stringMatching(
        /user has it device-nGnRE \(user.cfg:3:11\); dom0 has it normal-write-back \(host.dts:\d+:\d+\)/,
      ),
    ],
  ]);
});

test('dom0’s Linux signals by a static event channel, and is signalled', async ({}, {
  outputDir,
}) => {
  const text = { chosen: channelEnd('zero', 12, '&one'), radar: channelEnd('one', 13, '&zero') };

  const outcome = await run(withUser('0xfffc0,1@0x60000,memory', text, cacheable), outputDir);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.channels).toMatchObject([
    { verdict: 'works', channel: { id: 'xen,evtchn dom0:12 radar:13' } },
  ]);
});
