// SPDX-License-Identifier: Apache-2.0
// What of xl's files is a sharing, and what xl is given of them.
import { expect, test } from '@playwright/test';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { GiB } from '../../../lib/support/units.ts';
import { rewriteForTrial } from '../../../lib/trial/rewrite-xl.ts';
import { findSharings } from '../../../lib/trial/sharings.ts';
import { systemOfFiles, xlDomainsOf } from '../../../lib/trial/subject.ts';
import { planXlTrial } from '../../../lib/trial/xl-plan.ts';
import { passingSource } from './passed-trees.ts';
import { hostTree, pairSource, xlPair, xlSystem } from './trees.ts';

const to = {
  kernel: '/probe',
  arguments: 'probe.run=1',
  hostOf: (address: bigint) => address,
  most: BigInt(GiB(1)),
  deviceTree: undefined,
};

function rewritten(
  text: string,
  changed: Partial<typeof to> = {},
): ReturnType<typeof rewriteForTrial> {
  const [domain] = xlSystem({ 'a.cfg': text }).domains;
  if (domain === undefined) throw new Error('no domain');
  return rewriteForTrial(domain, { ...to, ...changed });
}

test('an entry of static_shm and of iomem is a sharing with who names the same, an owner first', () => {
  const { sharings, untried } = findSharings(xlSystem(xlPair));

  expect(untried).toEqual([]);
  expect(sharings).toMatchObject([
    {
      mechanism: 'static_shm',
      id: 'mailbox',
      parties: [
        { domain: 'radar', role: 'owner', guestAddress: 0x4300_0000n, size: 0x4000n },
        { domain: 'fusion', role: 'borrower', offset: 0x2000n, where: { place: { line: 4 } } },
      ],
    },
    {
      mechanism: 'iomem',
      id: 'iomem 0x70000000',
      parties: [
        { domain: 'radar', hostAddress: 0x7000_0000n, offset: 0n },
        { domain: 'fusion', hostAddress: 0x7000_1000n, offset: 0x1000n },
      ],
    },
  ]);
});

test('a region of xl and one of the host device tree with one id are two sharings', () => {
  const { sharings } = findSharings(xlSystem(xlPair, hostTree(pairSource())));

  expect(sharings.map(({ id }) => id)).toEqual([
    ...['mailbox', 'static_shm mailbox', 'iomem 0x70000000'],
  ]);
});

const window = (entry: string): string => `name = "a"\nmemory = 32\niomem = [ "${entry}" ]\n`;

test('what one domain alone has by iomem is shared with dom0 where the host reserves it', () => {
  const reserved = `
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
      shm@70000000 { compatible = "xen,shared-memory-v1"; reg = <0 0x70000000 0 0x2000>; };
    };
    chosen {`;
  const host = hostTree(pairSource().replace('chosen {', reserved));
  const files = { 'a.cfg': window('0x70000,2') };

  const [, shared] = findSharings(xlSystem(files, host)).sharings;
  const other = findSharings(xlSystem({ 'a.cfg': window('0xff0a0,1') }, host));

  expect(shared?.parties.map(({ domain }) => domain)).toEqual(['a', 'dom0']);
  expect(other.untried).toMatchObject([{ what: 'iomem 0xff0a0000: a' }]);
  expect(other.untried[0]?.reason).toContain('has it not in /reserved-memory');
  expect(findSharings(xlSystem(files)).untried[0]?.reason).toContain('no host device tree');
});

test('an entry that xl refuses is named with its place and what is wrong', () => {
  const text = `${window('0x70000')}static_shm = [ "begin=0x43000000, size=0x1000" ]\n`;
  const { untried } = findSharings(xlSystem({ 'a.cfg': text }));

  expect(untried.map(({ what }) => what)).toEqual([
    'static_shm "begin=0x43000000, size=0x1000": a',
    'iomem "0x70000": a',
  ]);
  expect(untried[1]).toMatchObject({ where: { place: { line: 3 } } });
});

test('an owner is created before who borrows of it, and each domain has a name of its own', () => {
  const borrower = 'static_shm = [ "id=m, begin=0x50000000, size=0x1000" ]\n';
  const owner = 'static_shm = [ "id=m, begin=0x41000000, size=0x1000, role=owner" ]\n';
  const names = xlDomainsOf(
    xlSystem({
      'a.cfg': `name = "left of it"\n${borrower}`,
      'b.cfg': `name = "twice"\n${owner}`,
      'c.cfg': 'name = "twice"\n',
      'd/no-name.cfg': 'memory = 32\n',
    }),
  ).map(({ name }) => name);

  expect(names).toEqual(['twice', 'left_of_it', 'twice-2', 'no-name']);
});

test('domains that borrow from each other are created as their files are', () => {
  const both = (own: string, other: string): string =>
    `static_shm = [ "id=${own}, begin=0x41000000, size=0x1000, role=owner", "id=${other}, begin=0x50000000, size=0x1000" ]\n`;
  const system = xlSystem({ 'a.cfg': both('a', 'b'), 'b.cfg': both('b', 'a') });

  expect(xlDomainsOf(system).map(({ name }) => name)).toEqual(['a', 'b']);
});

test('xl is given the user’s file with a probe in it, and what is not to be had is named', () => {
  const { text, replaced } = rewritten(xlPair['radar.cfg']);

  expect(text).toBe(`# The radar owns the mailbox.
name = "radar"


extra = "console=hvc0 root=/dev/ram0"
memory = 64

static_shm = [ "id=mailbox, begin=0x43000000, size=0x4000, role=owner, prot=rw" ]
iomem = [ "0x70000,2@0x60000,memory" ]
kernel = "/probe"
extra = "console=hvc0 root=/dev/ram0 probe.run=1"
`);
  expect(replaced).toMatchObject([{ where: { place: { line: 7 } } }]);
  expect(replaced[0]?.text).toContain('disk is left out');
});

test('wrong values stay as they are, and lines keep their numbers', () => {
  const { text } = rewritten('disk = [\n  "a",\n  "b" ]\nvcpus = "many"\nmemory = -3\nodd = [ 1 ]');

  expect(text.split('\n').slice(0, 6)).toEqual([
    '',
    '',
    '',
    'vcpus = "many"',
    'memory = -3',
    'odd = [ 1 ]',
  ]);
});

test('a kernel’s command line is where the user has it', () => {
  expect(rewritten('cmdline = "quiet"\n').text).toContain('\ncmdline = "quiet probe.run=1"\n');
});

test('host frames move, guest frames stay, and what xl cannot read stays', () => {
  const { text } = rewritten('iomem = [ "0x10000,2", "0x20000,1@0x5,memory", "oops" ]\n', {
    hostOf: (address) => address + 0x4000_0000n,
  });

  expect(text).toContain('iomem = [ "0x50000,0x2@0x10000", "0x60000,0x1@0x5,memory", "oops" ]');
});

test('more RAM than the machine is given is named', () => {
  const { text, replaced } = rewritten('memory = 4096\n', { most: BigInt(GiB(1)) });

  expect(text).toContain('\nmemory = 1024\n');
  expect(replaced).toHaveLength(1);
});

test('the machine has room for all, its processors too, and reserves what iomem names', () => {
  const text = `${window('0x7ff00,2')}cpus = "2-3"\n`;
  const { plan, moved, reserved } = planXlTrial(xlSystem({ 'a.cfg': text }), virtLayout, 'x');

  expect({ moved, reserved }).toEqual({ moved: 0n, reserved: [] });
  expect(plan.machine).toMatchObject({ cpus: 4, memory: GiB(2) });
  expect(plan.reserved).toMatchObject([{ hostAddress: 0x7ff0_0000n, size: 0x2000 }]);
});

test('a window where the boot’s files lie is moved by whole GiB', () => {
  const { plan, moved } = planXlTrial(xlSystem({ 'a.cfg': window('0x42000,1') }), virtLayout, 'x');

  expect(moved).toBe(BigInt(GiB(1)));
  expect(plan.reserved).toMatchObject([{ hostAddress: 0x8200_0000n }]);
});

test('what the user tells Xen of dom0 is named where our dom0 takes its place', () => {
  const host = hostTree(passingSource());
  const { plan, replaced } = planXlTrial(
    xlSystem({ 'a.cfg': 'memory = 32\n' }, host),
    virtLayout,
    'x',
  );

  expect(plan.bootargs).toEqual(['vwfi=native']);
  expect(replaced).toMatchObject([
    {
      where: { file: 'host.dts', place: { line: 20 } },
      text: 'console=dtuart is left out: Xen has the console of the board here',
    },
    {
      where: { file: 'host.dts', place: { line: 20 } },
      text: 'dom0_mem=512M dom0_max_vcpus=2 is left out: dom0 is our own Linux here, with 256 MiB',
    },
  ]);
});

test('files that describe nothing, or two systems, are refused with their names', () => {
  const none = { hosts: [], domains: [], partials: [] };
  const one = hostTree(pairSource(), 'one.dts');
  const two = hostTree(pairSource(), 'two.dts');

  expect(() => systemOfFiles(none, 'conf')).toThrow(/conf: has no device tree .* of xl/);
  expect(() => systemOfFiles({ ...none, hosts: [one, two] }, 'conf')).toThrow(
    'describes several systems: one.dts, two.dts',
  );
});
