// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  cells,
  cells64,
  deviceTree,
  type DtNode,
  find,
  node,
  property,
  readBlob,
  stringOf,
  stringsOf,
  u32,
  writeBlob,
} from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf, MiB, PAGE } from '../../../lib/support/units.ts';
import { hostDeviceTree } from '../../../lib/xen/chosen.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';

const base = deviceTree(
  node('', {}, [
    node('chosen', { 'stdout-path': '/pl011@9000000' }),
    node('pl011@9000000', { phandle: 0x8005 }),
  ]),
);

function chosenOf(spec: SystemSpec): DtNode {
  const tree = hostDeviceTree(base, planSystem(spec, virtLayout), {
    kernel: { address: hostAddressOf(0x4060_0000), size: 0x1234 },
    kernelArguments: (domain) => `domain=${domain.name}`,
    xenArguments: ['console=dtuart', 'conswitch=ax'],
  });
  const chosen = find(readBlob(writeBlob(tree)), '/chosen');
  if (chosen === undefined) throw new Error('there is no /chosen');
  return chosen;
}

const child = (parent: DtNode, name: string): DtNode => {
  const found = parent.children.find((candidate) => candidate.name === name);
  if (found === undefined)
    throw new Error(`no ${name} in ${parent.children.map((each) => each.name).join(', ')}`);
  return found;
};

const spec: SystemSpec = {
  xen: { bootargs: ['noreboot'] },
  sharedMemory: { mailbox: { size: 2 * PAGE, id: 'id-of-it' } },
  eventChannels: { bell: { owner: 0xa, borrower: 0xb } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: {
      probe: 'memory',
      memory: MiB(16),
      vcpus: 2,
      maps: { mailbox: { role: 'borrower', guestAddress: 0x5200_0000n } },
    },
  },
};

test('Xen’s arguments come in order, the test’s last, and what was in /chosen stays', () => {
  const chosen = chosenOf(spec);

  expect(stringOf(chosen, 'xen,xen-bootargs')).toBe('console=dtuart conswitch=ax noreboot');
  expect(stringOf(chosen, 'stdout-path')).toBe('/pl011@9000000');
  expect(chosen.children.map((each) => each.name)).toEqual(['owner', 'borrower']);
});

test('a domain has its memory in KiB, its vCPUs, a vPL011 and the kernel module', () => {
  const domain = child(chosenOf(spec), 'borrower');
  const module = child(domain, 'module@40600000');

  expect(stringOf(domain, 'compatible')).toBe('xen,domain');
  expect(property(domain, 'memory')).toEqual(cells64(16 * 1024));
  expect(u32(domain, 'cpus')).toBe(2);
  expect(property(domain, 'vpl011')).toHaveLength(0);
  expect(stringsOf(module, 'compatible')).toEqual(['multiboot,kernel', 'multiboot,module']);
  expect(property(module, 'reg')).toEqual(cells64(0x4060_0000, 0x1234));
  expect(stringOf(module, 'bootargs')).toBe('domain=borrower');
});

test('a region is host address, guest address and size, with id and role', () => {
  const shm = child(child(chosenOf(spec), 'borrower'), 'shm@52000000');

  expect(stringOf(shm, 'compatible')).toBe('xen,domain-shared-memory-v1');
  expect(stringOf(shm, 'role')).toBe('borrower');
  expect(stringOf(shm, 'xen,shm-id')).toBe('id-of-it');
  expect(property(shm, 'xen,shared-mem')).toEqual(cells64(0x6000_0000, 0x5200_0000, 2 * PAGE));
});

test('a region of Xen’s choice has no host address, one without roles no role', () => {
  const chosen = chosenOf({
    sharedMemory: { m: { size: PAGE, hostAddress: 'xen' } },
    domains: { d: { probe: 'memory', maps: { m: {} } } },
  });
  const shm = child(child(chosen, 'd'), 'shm@50000000');

  expect(property(shm, 'xen,shared-mem')).toEqual(cells64(0x5000_0000, PAGE));
  expect(property(shm, 'role')).toBeUndefined();
});

test('each end of an event channel names the other by a phandle of its own', () => {
  const chosen = chosenOf(spec);
  const ours = child(child(chosen, 'owner'), 'evtchn@a');
  const theirs = child(child(chosen, 'borrower'), 'evtchn@b');

  expect(property(ours, 'xen,evtchn')).toEqual(cells(0xa, u32(theirs, 'phandle') ?? 0));
  expect(property(theirs, 'xen,evtchn')).toEqual(cells(0xb, u32(ours, 'phandle') ?? 0));
  expect(u32(ours, 'phandle')).toBeGreaterThan(0x8005);
  expect(u32(ours, 'phandle')).not.toBe(u32(theirs, 'phandle'));
});

test('static memory is given in bytes', () => {
  const chosen = chosenOf({
    domains: { d: { probe: 'memory', memory: MiB(16), staticMemory: 0x6800_0000n } },
  });

  expect(property(child(chosen, 'd'), 'xen,static-mem')).toEqual(cells64(0x6800_0000, MiB(16)));
});
