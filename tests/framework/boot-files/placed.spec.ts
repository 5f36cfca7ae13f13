// SPDX-License-Identifier: Apache-2.0
// Files of a caller's own beside those of a boot.
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type BootFiles, makeBootFiles } from '../../../lib/boot-files/boot-files.ts';
import { deviceTree, node } from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import { idleImage } from '../boot/boards.ts';

async function filesWith(directory: string, addresses: readonly bigint[]): Promise<BootFiles> {
  const image = { path: await idleImage(join(directory, 'image')) };
  return makeBootFiles({
    plan: planSystem({ domains: { one: { probe: 'memory' } } }, virtLayout),
    ...{ run: '00c0ffee', xen: image, probe: image, xenArguments: [], evidence: directory },
    base: deviceTree(node('', { '#address-cells': 2, '#size-cells': 2 })),
    window: virtLayout.modules,
    tampering: {
      placed: Object.fromEntries(
        addresses.map((address, index) => [
          `module-${index}`,
          { path: image.path, size: 4096, address: hostAddressOf(address) },
        ]),
      ),
    },
  });
}

test('a file goes where its owner says', async ({}, { outputDir }) => {
  const { files } = await filesWith(outputDir, [0x6000_0000n]);

  expect(files.at(-1)).toEqual({
    name: 'module-0',
    path: join(outputDir, 'image'),
    address: 0x6000_0000n,
  });
});

test('a file where Xen lies, or another one, is refused with both', async ({}, { outputDir }) => {
  await expect(filesWith(outputDir, [0x4020_0800n])).rejects.toThrow(
    /^boot files: xen [^\n]* overlaps module-0 /,
  );
  await expect(filesWith(outputDir, [0x6000_0000n, 0x6000_0800n])).rejects.toThrow(
    /^boot files: module-0 [^\n]* overlaps module-1 /,
  );
});
