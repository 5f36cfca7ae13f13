// SPDX-License-Identifier: Apache-2.0
import type { EntryCode } from '../boot-files/boot-files.ts';
import type { HostAddress } from '../support/units.ts';

/**
 * A few instructions that enter Xen as a boot loader does: x0 = device tree, x1..x3 = 0, branch.
 * Needed because QEMU rewrites /memory when it loads a kernel by itself (hw/arm/boot.c).
 * Linux' Documentation/arch/arm64/booting.rst, 4.
 */
function code(deviceTree: HostAddress, entry: HostAddress): Uint8Array {
  const instructions = [
    0x5800_00c0, // ldr x0, #24
    0xaa1f_03e1, // mov x1, xzr
    0xaa1f_03e2, // mov x2, xzr
    0xaa1f_03e3, // mov x3, xzr
    0x5800_0084, // ldr x4, #16
    0xd61f_0080, // br x4
  ];
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  instructions.forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  view.setBigUint64(24, deviceTree, true);
  view.setBigUint64(32, entry, true);
  return bytes;
}

/** What QEMU starts CPU 0 at. */
export const trampoline: EntryCode = { name: 'trampoline.bin', size: 64, make: code };
