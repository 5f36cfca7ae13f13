// SPDX-License-Identifier: Apache-2.0
import { expect, KiB, type System } from '#crosspage';
import { often } from './systems.ts';

/** What {@link storingDom0} stores. */
export const storedByDom0 = 0x600dn;

/** What it prints then, of one length. */
const stored = 'dom0: stored\n';
const aborted = 'dom0: abort.\n';

/**
 * Code and data by their offsets in the Image. The vectors are aligned to 2 KiB, and 0x200 from
 * them is a synchronous exception at the current level with SP_EL1 (Arm ARM D1.3).
 */
const image = (address: bigint): readonly (readonly [number, readonly number[] | string])[] => [
  [0x000, [0x1400_0010]], // b 0x40
  [
    0x040,
    [
      0x1000_3e02, // adr x2, 0x800
      0xd518_c002, // msr vbar_el1, x2
      0xd503_3fdf, // isb
      0xd2a0_0000 | (Number(address >> 16n) << 5), // movz x0, #address, lsl #16
      0xd280_0001 | (Number(storedByDom0) << 5), // movz x1, #word
      0xf900_0001, // str x1, [x0]
      0x1000_1d42, // adr x2, 0x400
      // 0x5c: hypercall console_io, write x1 bytes at x2 (xen/include/public/xen.h).
      0xd280_0000, // movz x0, #0
      0xd280_0001 | (stored.length << 5), // movz x1, #length
      0xd280_0250, // movz x16, #18
      0xd401_d422, // hvc #0xea1
      0xd503_207f, // wfi
      0x17ff_ffff, // b .-4
    ],
  ],
  [0x400, stored],
  [0x440, aborted],
  [0xa00, [0x10ff_d202 /* adr x2, 0x440 */, 0x17ff_fd96 /* b 0x5c */]],
];

/**
 * An arm64 Image (Linux, Documentation/arch/arm64/booting.rst) for dom0 that stores one word at
 * `address`, a multiple of 64 KiB below 4 GiB, says whether that went through, and idles.
 */
export function storingDom0(address: bigint): Uint8Array {
  const bytes = Buffer.alloc(KiB(4));
  for (const [offset, part] of image(address))
    if (typeof part === 'string') bytes.write(part, offset, 'latin1');
    else
      part.forEach((word, index) => {
        bytes.writeUInt32LE(word >>> 0, offset + 4 * index);
      });
  bytes.writeBigUInt64LE(BigInt(bytes.length), 16);
  bytes.write('ARM\x64', 56, 'latin1');
  return bytes;
}

/** Returns when dom0 has said what became of its store. */
export async function dom0Says(system: System, what: 'stored' | 'abort'): Promise<void> {
  const { transcript } = system.machine.console;
  await expect
    .poll(() => transcript.lines.map(({ text }) => /dom0: (\w+)/.exec(text)?.[1]), often)
    .toContain(what);
}
