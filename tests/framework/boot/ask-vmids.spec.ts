// SPDX-License-Identifier: Apache-2.0
// What Xen answers to debug key q, as far as it is asked for VMIDs.
import { expect, test } from '@playwright/test';
import { askVmids } from '../../../lib/boot/ask-vmids.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { talkingMachine } from './talking-machine.ts';

const wanted = new Map([
  [1, 'radar'],
  [2, 'fusion'],
]);

const vmid = (domid: number, value: number): string =>
  `(XEN) p2m mappings for domain ${domid} (vmid ${value}):\n`;

function ask(directory: string, answer: string, ms = 2000): ReturnType<typeof askVmids> {
  const { machine } = talkingMachine(directory, {
    prints: `(XEN) 'q' pressed -> dumping domain info (now = 1)\n${answer}`,
  });
  return askVmids({ board: 'board', machine }, wanted, Deadline.after(ms));
}

test('the VMID of each domain is taken, of those too that were not asked for', async ({}, {
  outputDir,
}) => {
  const interrupts = '(XEN) Inflight irq=27 lr=0\n(XEN) Pending irq=33\n';
  const answer = vmid(0, 5) + interrupts + vmid(1, 7) + interrupts + vmid(2, 1);

  expect([...(await ask(outputDir, answer))]).toEqual([
    [0, 5],
    [1, 7],
    [2, 1],
  ]);
});

test('an answer that breaks off is told with who is missing', async ({}, { outputDir }) => {
  const asked = ask(outputDir, vmid(1, 7), 100);

  await expect(asked).rejects.toThrow(EnvironmentError);
  await expect(asked).rejects.toThrow('Xen did not say which VMID fusion has');
});

test('a Xen that goes round in a list of interrupts is not waited for', async ({}, {
  outputDir,
}) => {
  // With so much time that the test would end before it.
  const asked = ask(outputDir, vmid(1, 7) + '(XEN) Pending irq=27\n'.repeat(1100), 3_600_000);

  await expect(asked).rejects.toThrow(EnvironmentError);
  await expect(asked).rejects.toThrow(
    /comes to no end with the interrupts of a vCPU, and does not say which VMID fusion has\n {2}reached: VMIDs of 1 domains/,
  );
});
