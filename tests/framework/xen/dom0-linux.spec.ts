// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { deviceTree, find, node, readBlob, writeBlob } from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf, MiB, PAGE } from '../../../lib/support/units.ts';
import { hostDeviceTree } from '../../../lib/xen/chosen.ts';
import { linuxArguments } from '../../../lib/xen/dom0.ts';
import { findDom0Stage } from '../../../lib/xen/dom0-stages.ts';
import { createdLinux } from '../../../lib/xen/linux-guests.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { printXlConfig } from '../../../lib/xen/xl-config.ts';
import { failureOf } from '../images/failure-of.ts';

const spec: SystemSpec = {
  dom0: { linux: 'dom0', memory: MiB(192), vcpus: 1, bootargs: ['loglevel=8'] },
  domains: {},
};

test('Xen is given Linux as dom0’s kernel, and its root file system as ramdisk', () => {
  const plan = planSystem(spec, virtLayout);
  const tree = hostDeviceTree(deviceTree(node('', {}, [node('chosen')])), plan, {
    kernel: { address: hostAddressOf(0x4060_0000), size: 0x1234 },
    linux: {
      kernel: { address: hostAddressOf(0x4100_0000), size: 0x200_0000 },
      ramdisk: { address: hostAddressOf(0x4400_0000), size: 0x9_0000 },
    },
    kernelArguments: ({ linux }) => (linux === undefined ? '' : linuxArguments(linux, ['a=b'])),
    xenArguments: [],
  });
  const chosen = find(readBlob(writeBlob(tree)), '/chosen');
  const text = (name: string): string =>
    Buffer.from(
      chosen?.children
        .find((child) => child.name === name)
        ?.properties.map(({ value }) => Buffer.from(value).toString('latin1'))
        .join('|') ?? '',
    ).toString();

  expect(chosen?.children.map(({ name }) => name)).toEqual(['module@41000000', 'module@44000000']);
  expect(text('module@41000000')).toContain('multiboot,kernel');
  expect(text('module@41000000')).toMatch(/console=hvc0 .*a=b loglevel=8/);
  expect(text('module@44000000')).toContain('multiboot,ramdisk');
  expect(
    chosen?.properties
      .filter(({ name }) => name === 'xen,xen-bootargs')
      .map(({ value }) => Buffer.from(value).toString('latin1')),
  ).toEqual(['dom0_mem=196608K dom0_max_vcpus=1 dom0_vcpus_pin\0']);
});

test('a dom0 is a probe or a Linux, not both', async () => {
  const both = { dom0: { linux: 'dom0', probe: 'memory' }, domains: {} } as unknown as SystemSpec;
  const error = await failureOf(() => planSystem(both, virtLayout));

  expect(error.message).toContain('dom0');
  expect(error.fault).toBe('misuse');
});

const guest = { memory: MiB(96), cpus: '3' };
const lent = { id: 'area', begin: 0x4400_0000n, size: PAGE, role: 'owner' } as const;
const paths = { kernel: '/kernel', ramdisk: '/ramdisk' };

test('Linux domains that dom0 creates as it boots have the domids behind those that Xen makes', () => {
  const creates = { first: { memory: MiB(64) }, second: guest };
  const plan = planSystem(
    { dom0: { linux: 'dom0', guest: 'domu', creates }, domains: { beside: { probe: 'memory' } } },
    virtLayout,
  );

  const created = createdLinux(plan, paths);

  expect(created.map(({ config: { name }, domid }) => [name, domid])).toEqual([
    ['first', 2],
    ['second', 3],
  ]);
  const text = created.map(({ config }) => printXlConfig(config)).join('');
  expect(text).toContain('kernel = "/kernel"\nramdisk = "/ramdisk"\nextra = "console=hvc0 ');
  // Where dom0 is not, unless it says otherwise.
  expect(text).toMatch(/cpus = "1-1"[^]*cpus = "3"/);
});

test('they are checked before anything boots, all together', async () => {
  const creates = {
    borrower: { ...guest, staticShm: [{ ...lent, begin: 0x5000_0000n, role: 'borrower' }] },
  } as const;
  const wrong = (more: object): Promise<Error> =>
    failureOf(() =>
      planSystem({ dom0: { linux: 'dom0', creates, ...more }, domains: {} }, virtLayout),
    );

  expect((await wrong({})).message).toContain(
    'dom0.creates: there is no dom0.guest, of which they would be',
  );
  expect((await wrong({ guest: 'domu' })).message).toContain(
    'dom0.creates: static_shm area: borrower borrows it and nobody owns it',
  );
  expect((await wrong({ guest: 'domu', creates: { 'not a name': guest } })).message).toContain(
    'dom0.creates.not a name is invalid',
  );
});

test('a stage of dom0’s init is found behind whatever the console printed before it', () => {
  expect(findDom0Stage('crosspage-dom0: xenstored')).toEqual({
    stage: 'xenstored',
    failure: undefined,
  });
  expect(findDom0Stage('rng: initcrosspage-dom0: ready ba2b0911 done')?.stage).toBe(
    'ready ba2b0911',
  );
  expect(findDom0Stage('[    1.2] x: ycrosspage-dom0: ready 7f3a91c2')?.stage).toBe(
    'ready 7f3a91c2',
  );
  expect(findDom0Stage('crosspage-dom0: failed: xenstored opens no socket')).toEqual({
    stage: 'failed',
    failure: 'xenstored opens no socket',
  });
  expect(findDom0Stage('(XEN) Xen version 4.20')).toBeUndefined();
});
