// SPDX-License-Identifier: Apache-2.0
// How many processors the machine of a trial has.
import { expect, test } from '@playwright/test';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { planTrial } from '../../../lib/trial/plan.ts';
import { runTrial } from '../../../lib/trial/trial.ts';
import { faultsOf } from '../../../lib/trial/verdict.ts';
import { planXlTrial } from '../../../lib/trial/xl-plan.ts';
import { boardWith } from '../boot/boards.ts';
import { hostTree, pairSource, xlSystem } from './trees.ts';

/** Three vCPUs, and a dom0 with arguments of its own, as ImageBuilder writes them. */
const written = pairSource(
  {},
  {},
  `xen,dom0-bootargs = "console=hvc0 earlycon=xen root=/dev/ram0";
    module@1 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 1 0 1>; };`,
).replace('cpus = <1>', 'cpus = <2>');
const pinned = written.replace('vwfi=native', 'dom0_mem=128M vwfi=native sched=null');

test('a scheduler that gives each vCPU a processor of its own finds one for each', () => {
  const cpusOf = (text: string): number => planTrial(hostTree(text), virtLayout).plan.machine.cpus;

  expect(cpusOf(pinned)).toBe(4);
  expect(cpusOf(written)).toBe(2);
  expect(cpusOf(pinned.replace('sched=null', 'sched=null sched=credit2'))).toBe(2);
});

test('and beside a Linux dom0, for what xl creates too', () => {
  const files = { 'a.cfg': 'memory = 32\nvcpus = 2\n' };
  const { plan } = planXlTrial(xlSystem(files, hostTree(pinned)), virtLayout, 'x');

  expect(plan.machine.cpus).toBe(6);
});

test('a tree with ImageBuilder’s arguments for Xen and dom0 comes up', async ({}, {
  outputDir,
}) => {
  const outcome = await runTrial(hostTree(pinned), {
    board: boardWith(),
    evidence: outputDir,
    flavour: 'early-console',
  });

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'works', sharing: { id: 'mailbox' } }]);
});
