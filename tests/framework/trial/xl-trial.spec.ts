// SPDX-License-Identifier: Apache-2.0
// Files of xl as a user has them, created in a Linux dom0.
import { expect, test } from '@playwright/test';
import { formatTrial, trialAsJson } from '../../../lib/trial/format.ts';
import { runTrial } from '../../../lib/trial/trial.ts';
import { faultsOf } from '../../../lib/trial/verdict.ts';
import { boardWith } from '../boot/boards.ts';
import { hostTree, pairSource, xlPair, xlSystem } from './trees.ts';

// A dom0 of its kind is booted the first time, and restored from then on.
test.describe.configure({ timeout: 240_000 });

const flavour = 'shared-memory';

test('static_shm and iomem work, by data and by what is mapped, also a part of a region', async ({}, {
  outputDir,
}) => {
  const outcome = await runTrial(xlSystem(xlPair), {
    ...{ board: boardWith(), evidence: outputDir, flavour },
  });

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'works', sharing: { mechanism: 'static_shm', id: 'mailbox' } },
    { verdict: 'works', sharing: { mechanism: 'iomem' } },
  ]);
  expect(formatTrial(outcome, (path) => path)).toContain('radar.cfg:7:1: disk is left out');
});

test('what xl refuses is told in its words with the user’s line, and the others are tried', async ({}, {
  outputDir,
}) => {
  const files = {
    ...xlPair,
    'fusion.cfg': xlPair['fusion.cfg'].replace(',memory', ''),
    'stray.cfg':
      'name = "stray"\nmemory = 32\nstatic_shm = [ "id=mailbox, begin=0x41000000, size=0x1000" ]\n',
  };
  const outcome = await runTrial(xlSystem(files), {
    ...{ board: boardWith(), evidence: outputDir, flavour },
  });

  expect(outcome.faults).toMatchObject([{ where: 'stray.cfg:3:16' }]);
  expect(outcome.faults[0]?.message).toContain("overlaps the domain's own memory");
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'not-tried', reason: 'stray is not up' },
    { verdict: 'fails', sharing: { id: 'iomem 0x70000000' } },
  ]);
  expect(outcome.verdicts[1]?.faults).toHaveLength(1);
  expect(outcome.verdicts[1]?.faults[0]).toMatchObject({
    assertion: 'iomem 0x70000000: all have it with the same attributes',
  });
  expect(JSON.parse(trialAsJson(outcome))).toMatchObject({
    replaced: expect.arrayContaining([expect.objectContaining({ file: 'radar.cfg', line: 7 })]),
    sharings: [{ verdict: 'not-tried', reason: 'stray is not up' }, { verdict: 'fails' }],
  });
});

test('domains of the tree and of xl are up beside each other, and dom0 shares reserved memory', async ({}, {
  outputDir,
}) => {
  const reserved = `
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
      shm@70000000 {
        compatible = "xen,shared-memory-v1";
        reg = <0 0x70000000 0 0x4000>;
        xen,id = "window";
      };
    };
    chosen {`;
  const host = hostTree(pairSource().replace('chosen {', reserved));
  const user = 'name = "user"\nmemory = 32\niomem = [ "0x70001,1@0x60000,memory" ]\n';

  const outcome = await runTrial(xlSystem({ 'user.cfg': user }, host), {
    ...{ board: boardWith(), evidence: outputDir, flavour },
  });

  expect(faultsOf(outcome)).toEqual([]);
  expect(
    outcome.verdicts.map(({ verdict, sharing: { mechanism, parties } }) => [
      ...[verdict, mechanism],
      ...parties.map(({ domain }) => domain),
    ]),
  ).toEqual([
    ['works', 'xen,domain-shared-memory-v1', 'radar', 'fusion'],
    ['works', 'iomem', 'user', 'dom0'],
  ]);
});
