// SPDX-License-Identifier: Apache-2.0
// Configurations as a user has them, booted.
import { expect, test } from '@playwright/test';
import { runTrial } from '../../../lib/trial/trial.ts';
import { faultsOf } from '../../../lib/trial/verdict.ts';
import { boardWith } from '../boot/boards.ts';
import { hostTree, pairSource } from './trees.ts';

test('a sharing that is right works, by data and by what is mapped', async ({}, { outputDir }) => {
  const outcome = await runTrial(hostTree(pairSource()), {
    board: boardWith(),
    evidence: outputDir,
    flavour: 'early-console',
  });

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'works', sharing: { id: 'mailbox' } }]);
});

test('a tree that Xen refuses is told with its reason, and no sharing is tried', async ({}, {
  outputDir,
}) => {
  const text = pairSource({}, { region: '0x60000000 0x50000000 0x2000' });

  const outcome = await runTrial(hostTree(text), {
    board: boardWith(),
    evidence: outputDir,
    flavour: 'early-console',
  });

  expect(outcome.boot).toEqual({ kind: 'panic', text: 'Early FDT parsing failed (-22)' });
  expect(outcome.verdicts).toMatchObject([{ verdict: 'not-tried' }]);
  expect(faultsOf(outcome)[0]?.message).toContain(
    'fdt: different shared memory region could not share the same shm ID mailbox',
  );
});

test('regions at the same guest address are told by who reads what', async ({}, { outputDir }) => {
  const second = (role: string): string => `
      other@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "log";
        xen,shared-mem = <0x60100000 0x50000000 0x1000>;
      };`;
  const text = pairSource()
    .replace('module@42000000 {', `${second('owner')} module@42000000 {`)
    .replace(
      /(fusion[^]*?)module@42000000 \{/,
      `$1${second('borrower').replace('0x50000000', '0x50100000')} module@42000000 {`,
    );

  const outcome = await runTrial(hostTree(text), {
    board: boardWith(),
    evidence: outputDir,
    flavour: 'early-console',
  });

  expect(outcome.boot.kind).toBe('up');
  expect(faultsOf(outcome).map(({ assertion }) => assertion)).toEqual([
    'domains have in common only what they share',
    'log: fusion reads what radar writes',
    'log: radar reads what fusion writes',
    'log: radar has it mapped as written',
  ]);
});

test('who has host memory where it is has it there too where addresses are moved', async ({}, {
  outputDir,
}) => {
  const properties = 'direct-map; xen,static-mem = <0x0 0x10000000 0x0 0x2000000>;';
  const region = (guest: string): string => `0x20000000 ${guest} 0x1000`;
  // dom0 has a part too: it has host memory where it is in any case.
  const dom0 = `
    #address-cells = <2>;
    #size-cells = <2>;
    module@1 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 1 0 1>; };
    shm@20000000 {
      compatible = "xen,domain-shared-memory-v1";
      role = "borrower";
      xen,shm-id = "mailbox";
      xen,shared-mem = <0x0 0x20000000 0x0 0x20000000 0x0 0x1000>;
    };`;
  const radar = { properties, region: region('0x20000000') };
  const text = pairSource(radar, { region: region('0x50000000') }, dom0);

  const outcome = await runTrial(hostTree(text), {
    board: boardWith(),
    evidence: outputDir,
    flavour: 'early-console',
  });

  expect(outcome.moved).toBe(0x4000_0000n);
  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([
    {
      verdict: 'works',
      sharing: { parties: [{ domain: 'dom0' }, { domain: 'radar' }, { domain: 'fusion' }] },
    },
  ]);
});
