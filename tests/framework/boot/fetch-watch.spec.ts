// SPDX-License-Identifier: Apache-2.0
// What is taken for a guest that fetches the same instruction for ever. The processors are a mock
// that shows what it is told to; tests/isolation looks at real ones.
import { expect, test } from '@playwright/test';
import type { Processors } from '../../../lib/boards/board.ts';
import { seeRefetch } from '../../../lib/boot/fetch-watch.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { SubjectError } from '../../../lib/support/errors.ts';

type Registers = Readonly<Record<string, bigint>>;

const page = 0x5000_0000n;
const instruction = 0x8000_5000_0000n;
const fault = { ESR_EL2: 0x8200_000fn, HPFAR_EL2: 0x50_0000n, FAR_EL2: instruction };
const inXen = { ...fault, CPSR: 0x2c9n, PC: 0xa_0000_0000n, ELR_EL2: instruction };
const atVector = { ...inXen, PC: 0xa_0000_2400n, VBAR_EL2: 0xa_0000_2000n };
const inGuest = { ...fault, CPSR: 0xc5n, PC: instruction, ELR_EL2: instruction };

/** A mock of one processor that shows each of `shown` once, and the last of them from then on. */
function mockProcessors(shown: readonly Registers[]): Processors {
  let looks = 0;
  return {
    whileStopped: async (_deadline, look) => {
      const registers = shown[Math.min(looks++, shown.length - 1)] ?? {};
      await new Promise((resolve) => setImmediate(resolve));
      return look([{ name: 'CPU 0', register: (name) => Promise.resolve(registers[name] ?? 0n) }]);
    },
  };
}

const see = (...shown: readonly Registers[]): Promise<void> =>
  seeRefetch('system', mockProcessors(shown), page, Deadline.after(50));

test('back at the instruction after its fault is a livelock', async () => {
  await see(inXen, inXen, inGuest);
});

test('a fault that Xen takes after it was at the same one is a livelock', async () => {
  await see(inXen, inXen, atVector);
});

for (const [what, shown] of [
  ['a fault that Xen is still at', [inXen]],
  ['a guest that stands at the instruction', [inGuest]],
  ['a fault that Xen has not got behind', [atVector]],
  ['a guest that went on', [inXen, { ...inGuest, PC: instruction + 4n }]],
  ['another page', [inXen, inGuest].map((one) => ({ ...one, HPFAR_EL2: 0x51_0000n }))],
  ['a data abort', [inXen, inGuest].map((one) => ({ ...one, ESR_EL2: 0x9200_000fn }))],
  ['a translation fault', [inXen, inGuest].map((one) => ({ ...one, ESR_EL2: 0x8200_0007n }))],
  ['Xen at something else', [{ ...inXen, ELR_EL2: 0xa_0000_1000n }, inGuest]],
] as const)
  test(`${what} is none`, async () => {
    await expect(see(...shown)).rejects.toThrow(SubjectError);
  });

test('what was seen is told', async () => {
  await expect(see(inGuest, atVector, inXen)).rejects.toThrow(
    /^system: no guest was seen to fetch from 0x50000000 again and again\n {2}reached: \d+ looks: \d+ times Xen had taken the fault, 2 times it was about to take it\n/,
  );
});
