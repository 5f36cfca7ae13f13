// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { trampoline } from '../../../lib/qemu/trampoline.ts';
import { hostAddressOf } from '../../../lib/support/units.ts';

test('the trampoline holds the device tree’s address and the entry', () => {
  const bytes = Buffer.from(
    trampoline.make(hostAddressOf(0x4700_0000n), hostAddressOf(0x4040_0000n)),
  );

  expect(bytes.readBigUInt64LE(24)).toBe(0x4700_0000n);
  expect(bytes.readBigUInt64LE(32)).toBe(0x4040_0000n);
  expect(bytes.readUInt32LE(20)).toBe(0xd61f0080);
});
