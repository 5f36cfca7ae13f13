// SPDX-License-Identifier: Apache-2.0
// Which hypervisor boots the ends of a bisection.
import { expect, test } from '@playwright/test';
import { suited, talkative } from '../../../lib/cli/run.ts';
import { preferFlavour } from '../../../lib/images/index.ts';
import { partialTree, passingSystem, sramNode } from '../trial/passed-trees.ts';

const passing = (property: string) =>
  passingSystem([
    partialTree('radar.dts', sramNode(`${property} = <0xfffc0000 0x4000 0x50000000>`)),
    partialTree('fusion.dts', sramNode('xen,reg = <0xfffc2000 0x2000 0x52000000>')),
  ]);

test('what one end alone asks for is in the hypervisor of both', () => {
  const [plain, cacheable] = [passing('xen,reg'), passing('xen,reg-cacheable')];
  const knowing = preferFlavour('shared-memory').flavour;
  expect(suited('qemu-virt', plain, plain)).toBe(talkative('qemu-virt'));
  expect(suited('qemu-virt', plain, cacheable)).toBe(knowing);
  expect(suited('qemu-virt', cacheable, plain)).toBe(knowing);
});
