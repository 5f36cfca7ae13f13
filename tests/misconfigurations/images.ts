// SPDX-License-Identifier: Apache-2.0
import { KiB } from '#crosspage';

/** What {@link storingDom0} stores. */
export const storedByDom0 = 0x600dn;

/**
 * An arm64 Image (Linux, Documentation/arch/arm64/booting.rst) for dom0 that stores one word at
 * `address`, a multiple of 64 KiB below 4 GiB, and idles. Without a mapping there it takes an
 * abort for ever, in silence.
 */
export function storingDom0(address: bigint): Uint8Array {
  const image = new Uint8Array(KiB(4));
  const view = new DataView(image.buffer);
  const word = (offset: number, value: number): void => {
    view.setUint32(offset, value, true);
  };
  word(0, 0x1400_0010); // b #64
  view.setBigUint64(16, BigInt(image.length), true);
  word(56, 0x644d_5241); // "ARM\x64"
  [
    0xd2a0_0000 | (Number(address >> 16n) << 5), // movz x0, #address, lsl #16
    0xd280_0001 | (Number(storedByDom0) << 5), // movz x1, #word
    0xf900_0001, // str x1, [x0]
    0xd503_207f, // wfi
    0x17ff_ffff, // b .-4
  ].forEach((instruction, index) => {
    word(64 + 4 * index, instruction >>> 0);
  });
  return image;
}
