// SPDX-License-Identifier: Apache-2.0
// A Linux domain that is told of iomem memory by a partial device tree: libxl copies /passthrough.
import { mappingOf, dt, expect, MiB, PAGE, preferFlavour, toolstackTest } from '#crosspage';

const size = 4 * PAGE;
const hostAddress = 0x7000_0000n;
const guestAddress = 0x5000_0000n;
const filled = `words=${size / 8}`;
const good = `${filled} bad=0`;
/** The domain's own name for the region is not dom0's. */
const id = 'fragment';

/** What Xen's documentation of iomem and of passthrough shows. */
const cells = { '#address-cells': 2, '#size-cells': 2 } as const;
const region = dt.node(`xen-shmem@${guestAddress.toString(16)}`, {
  compatible: 'xen,shared-memory-v1',
  reg: dt.cells64(guestAddress, size),
  'xen,id': id,
  // For Xen's eyes, where Xen makes the domain; xl takes iomem.
  'xen,reg': dt.cells64(hostAddress, size, guestAddress),
  'xen,path': `/reserved-memory/xen-shmem@${hostAddress.toString(16)}`,
  'xen,force-assign-without-iommu': true,
});
const fragment = dt.deviceTree(
  dt.node('', cells, [
    dt.node('passthrough', { compatible: 'simple-bus', ranges: true, ...cells }, [
      dt.node('reserved-memory', { ranges: true, ...cells }, [region]),
    ]),
    dt.node('ignored', { compatible: 'crosspage,not-in-passthrough' }),
  ]),
);

const test = toolstackTest(
  {
    xen: preferFlavour('shared-memory'),
    dom0: { linux: 'dom0', guest: 'domu', memory: MiB(384) },
    reservedMemory: { window: { size, hostAddress } },
  },
  { requires: ['xl-iomem-cacheable', 'iomem-cacheable', 'stage2-introspection'] },
);
test.describe.configure({ timeout: 900_000 });

test('Linux finds the memory in the fragment and shares it cacheable with dom0; /dev/mem gives it as Device', async ({
  dom0,
  toolstack,
}) => {
  const deviceTree = '/run/fragment.dtb';
  await dom0.upload(deviceTree, Buffer.from(dt.writeBlob(fragment)));
  const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;
  const stranger = await toolstack.create({ name: 'stranger', memory: MiB(32) });
  const config = { name: 'linux', memory: MiB(96), iomem, deviceTree };
  const linux = await toolstack.createLinux(config, { budgetMs: 300_000 });
  const asDom0 = async (...words: string[]): Promise<string> =>
    (await dom0.output(['shm', ...words])).trim();

  await test.step('the fragment is in its device tree, below /passthrough alone', async () => {
    const found = await linux.output(
      'cd /proc/device-tree && ls -d passthrough/*/xen* ignored; true',
    );
    expect(found).toContain(`passthrough/reserved-memory/${region.name}`);
    expect(found).toContain('ignored: No such file or directory');
    expect(await linux.output('shm list')).toBe(`id=${id} address=0x50000000 size=0x4000`);
  });
  await test.step('dom0 and it exchange every word', async () => {
    expect(await asDom0('fill', 'window', 'address', '1')).toBe(filled);
    expect(await linux.output(`shm check ${id} address 1`)).toBe(good);
    expect(await linux.output(`shm fill ${id} address 2`)).toBe(filled);
    expect(await asDom0('check', 'window', 'address', '2')).toBe(good);
  });
  await test.step('dom0 has it outer shareable, the domain as its RAM, both cacheable', async () => {
    await expect(toolstack.dom0At(hostAddress, size)).toBeMappedAs({
      ...mappingOf('iomem memory', 'dom0 (Linux)'),
      hostAddress,
    });
    await expect(linux.at(guestAddress, size)).toBeMappedAs({
      ...mappingOf('iomem memory', 'domU (Linux)'),
      hostAddress,
    });
    await expect(stranger).toAbortAt(guestAddress);
  });
  await test.step('by the module it is Normal memory, by /dev/mem Device', async () => {
    expect(await linux.output(`shm unaligned ${id}`)).toBe('unaligned=works');
    for (const range of ['0x50000000+0x4000', 'sync:0x50000000+0x4000']) {
      expect(await linux.output(`shm check ${range} address 2`)).toBe(good);
      expect(await linux.output(`shm unaligned ${range}`)).toBe('unaligned=faults');
    }
  });
});
