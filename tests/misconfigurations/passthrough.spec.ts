// SPDX-License-Identifier: Apache-2.0
import { misconfiguredTest } from '#crosspage';
import { casesOf } from './cases.ts';
import { passthrough } from './table/passthrough.ts';

// Its addresses are those of QEMU's machine virt, whose memory is looked at from outside.
for (const { title, needs, run } of casesOf(passthrough, ['physical-memory']))
  misconfiguredTest(needs)(title, async ({ attempt }) => {
    await run(attempt);
  });
