// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { addressPattern } from '../../../lib/probe/patterns.ts';
import { GiB, PAGE } from '../../../lib/support/units.ts';
import { startVirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { HandBoard } from './hand-board.ts';

const spec = {
  machine: { gic: 2, cpu: 'cortex-a53', cpus: 2, memory: GiB(2) },
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
} as const satisfies SystemSpec;

test('U-Boot loads Xen and two probes, and one reads what the other wrote', async ({}, {
  outputDir: evidence,
}) => {
  await using lab = await startVirtualLab({ directory: evidence });
  const [board] = lab.boards;
  if (board === undefined) throw new Error('a lab without boards');
  await using system = await bootSystem(new HandBoard(lab, board), spec, { evidence });
  const mailbox = system.domain('owner').page('mailbox');
  expect(mailbox.facts.hostAddress).toBe(0x6000_0000n);

  await mailbox.write(addressPattern());

  const found = await system.domain('borrower').page('mailbox').check(addressPattern());
  expect(found).toMatchObject({ words: PAGE / 8, bad: 0 });
});
