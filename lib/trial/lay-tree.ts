// SPDX-License-Identifier: Apache-2.0
import {
  cells,
  cellsBelow,
  cellsOf,
  type DeviceTree,
  type DtNode,
  find,
  findPhandle,
  type InheritedCells,
  nextPhandle,
  node as makeNode,
  phandleOf,
  property,
  regOf,
  removeProperty,
  setNode,
  setProperty,
  stringOf,
  strings,
  walk,
} from '../dt/index.ts';
import { overlaps, type Range } from '../memory/ranges.ts';
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import type { FilePlace } from '../xen/tampering.ts';
import { inCells } from './cells.ts';
import { isCompatible } from './is-compatible.ts';
import { isLeftOut } from './xen-arguments.ts';

type Cells = Pick<InheritedCells, 'addressCells' | 'sizeCells'>;

const sharedMemory = 'xen,domain-shared-memory-v1';

/** `reg` of a node that stands for a file of the boot. */
function regCells(
  { name: who }: DtNode,
  { address, size }: { readonly address: bigint; readonly size: bigint },
  { addressCells, sizeCells }: Cells,
): number[] {
  return [...inCells(address, addressCells, { who }), ...inCells(size, sizeCells, { who })];
}

const isKernel = (node: DtNode): boolean =>
  isCompatible(node, 'multiboot,kernel', 'xen,linux-zimage');
const isRamdisk = (node: DtNode): boolean =>
  isCompatible(node, 'multiboot,ramdisk', 'xen,linux-initrd');
const isPartial = (node: DtNode): boolean => isCompatible(node, 'multiboot,device-tree');
const isDomain = (node: DtNode): boolean => isCompatible(node, 'xen,domain');

/** Adds `by` to the addresses of a property with tuples of `width` cells, at the first of each. */
function moveAddresses(node: DtNode, name: string, { addressCells, sizeCells }: Cells, by: bigint) {
  const all = property(node, name)?.length ?? 0;
  const width = addressCells + sizeCells;
  if (by === 0n || all === 0 || all % (4 * width) !== 0) return node;
  const who = { who: `${node.name}:${name}` };
  const moved = regOf(node, addressCells, sizeCells, name).flatMap(({ address, size }) => [
    ...inCells(address + by, addressCells, who),
    ...inCells(size, sizeCells, who),
  ]);
  return setProperty(node, name, cells(...moved));
}

/** How the nodes of a domain, or dom0's in /chosen, are laid. */
interface Laying {
  readonly below: Cells;
  /** Added to host addresses. */
  readonly by: bigint;
  /** Whether the domain has host memory where it is: its guest addresses go with it. */
  readonly direct: boolean;
}

/** `xen,shared-mem`: the host address is the first, where there is one, and the guest's the next. */
function moveShared(node: DtNode, { below, by, direct }: Laying): DtNode {
  const { addressCells, sizeCells } = below;
  const value = property(node, 'xen,shared-mem');
  if (by === 0n || value?.length !== 4 * (2 * addressCells + sizeCells)) return node;
  const all = cellsOf(node, 'xen,shared-mem') ?? [];
  const addresses = [0, addressCells].map((at) => all.slice(at, at + addressCells));
  const moved = addresses.flatMap((parts, index) => {
    if (index === 1 && !direct) return parts;
    const address = parts.reduce((sum, cell) => (sum << 32n) | BigInt(cell), 0n);
    return inCells(address + by, addressCells, { who: node.name });
  });
  return setProperty(node, 'xen,shared-mem', cells(...moved, ...all.slice(2 * addressCells)));
}

/** What of a generated kernel module is put into the user's. */
interface ProbeModule {
  readonly address: bigint;
  readonly size: bigint;
  readonly bootargs: string;
}

function probeModule(generated: DtNode): ProbeModule | undefined {
  const module = generated.children.find(isKernel);
  const [reg] = module === undefined ? [] : regOf(module, 2, 2);
  if (module === undefined || reg === undefined) return undefined;
  return { ...reg, bootargs: stringOf(module, 'bootargs') ?? '' };
}

function layKernel(module: DtNode, probe: ProbeModule, below: Cells): DtNode {
  const reg = regCells(module, probe, below);
  const placed = setProperty(module, 'reg', cells(...reg));
  const named = { ...placed, name: `module@${probe.address.toString(16)}` };
  const modern = setProperty(named, 'compatible', strings('multiboot,kernel', 'multiboot,module'));
  return setProperty(modern, 'bootargs', probe.bootargs);
}

/** The user's module, for a file that lies where the machine has it. */
function layPartial(module: DtNode, place: FilePlace, below: Cells): DtNode {
  const { address } = place;
  const reg = regCells(module, { address, size: BigInt(place.size) }, below);
  return { ...setProperty(module, 'reg', cells(...reg)), name: `module@${address.toString(16)}` };
}

/** Files of the user's where their boot loader has them, all moved alike; a partial tree may be ours. */
const layOwn = (children: readonly DtNode[], laying: Laying, partial?: FilePlace): DtNode[] =>
  children.map((child) => {
    if (isCompatible(child, sharedMemory)) return moveShared(child, laying);
    if (partial !== undefined && isPartial(child)) return layPartial(child, partial, laying.below);
    return moveModule(child, laying);
  });

const isFile = (node: DtNode): boolean => isKernel(node) || isRamdisk(node) || isPartial(node);
const isModule = (node: DtNode): boolean =>
  isCompatible(node, 'multiboot,module', 'xen,multiboot-module');

const moveModule = (node: DtNode, { below, by }: Laying): DtNode =>
  isFile(node) || isModule(node) ? moveAddresses(node, 'reg', below, by) : node;

/** dom0's modules as Xen takes them: the first that does not say what it is, and the next (bootfdt.c). */
function withKinds(children: readonly DtNode[]): DtNode[] {
  const kinds = ['multiboot,kernel', 'multiboot,ramdisk'];
  return children.map((child) => {
    const kind = isModule(child) && !isFile(child) ? kinds.shift() : undefined;
    if (kind === undefined) return child;
    return setProperty(child, 'compatible', strings(kind, 'multiboot,module'));
  });
}

/** Children of a domain, or of /chosen for dom0: a probe for the kernel, nothing to unpack. */
function layModules(
  children: readonly DtNode[],
  probe: ProbeModule | 'own' | undefined,
  laying: Laying,
  partial?: FilePlace,
): DtNode[] {
  if (probe === 'own') return layOwn(children, laying, partial);
  const { below } = laying;
  const [kept] = partial === undefined ? [] : children.filter(isPartial);
  return children
    .filter((child) => !isRamdisk(child) && (!isPartial(child) || child === kept))
    .map((child) => {
      if (child === kept && partial !== undefined) return layPartial(child, partial, below);
      if (isKernel(child) && probe !== undefined) return layKernel(child, probe, below);
      return isCompatible(child, sharedMemory) ? moveShared(child, laying) : child;
    });
}

function layDomain(
  user: DeviceTree,
  domain: DtNode,
  generated: DtNode | 'own' | undefined,
  by: bigint,
  partial: FilePlace | undefined,
): DtNode {
  const below = cellsBelow(user.root, `/chosen/${domain.name}`);
  const laying = { below, by, direct: property(domain, 'direct-map') !== undefined };
  const around = cellsBelow(user.root, '/chosen');
  const unpooled = removeProperty(domain, 'domain-cpupool');
  const placed = moveAddresses(unpooled, 'xen,static-mem', around, by);
  if (generated === 'own') return { ...placed, children: layOwn(domain.children, laying, partial) };
  // The probe has to be heard.
  const heard =
    property(placed, 'vpl011') === undefined ? setProperty(placed, 'vpl011', true) : placed;
  const probe = generated && probeModule(generated);
  return { ...heard, children: layModules(domain.children, probe, laying, partial) };
}

/** The user's phandles, each in place of one that the board's own tree may have. */
function withoutClashes(chosen: DtNode, base: DeviceTree): DtNode {
  const own = [...walk(chosen)].flatMap((place) => phandleOf(place) ?? []);
  const clash = own.some((phandle) => findPhandle(base, phandle) !== undefined);
  if (!clash) return chosen;
  const first = Math.max(nextPhandle(base), ...own.map((phandle) => phandle + 1));
  const renamed = new Map(own.map((phandle, index) => [phandle, first + index]));
  const rename = (node: DtNode): DtNode => {
    const changed = ['phandle', 'linux,phandle', 'xen,evtchn'].reduce((so, name) => {
      const at = name === 'xen,evtchn' ? 1 : 0;
      const value = property(so, name)?.length === 4 * (at + 1) ? cellsOf(so, name) : undefined;
      const phandle = renamed.get(value?.[at] ?? -1);
      if (value === undefined || phandle === undefined) return so;
      return setProperty(so, name, cells(...value.with(at, phandle)));
    }, node);
    return { ...changed, children: changed.children.map(rename) };
  };
  return rename(chosen);
}

/** A module of the generated tree, whose addresses have two cells, in the cells of the user's. */
function inCellsOf(module: DtNode, below: Cells): DtNode {
  const [reg] = regOf(module, 2, 2);
  if (reg === undefined) return module;
  return setProperty(module, 'reg', cells(...regCells(module, reg, below)));
}

/** The modules of a Linux dom0 in place of the user's. */
function linuxModules(ours: DtNode, around: Cells): DtNode[] {
  return ours.children
    .filter((child) => isKernel(child) || isRamdisk(child))
    .map((child) => inCellsOf(child, around));
}

/** Properties of /chosen that belong to the board, whatever the user's tree says. */
const boardProperties =
  /^(?:xen,xen-bootargs|xen,dom0-bootargs|bootargs|stdout-path|linux,.*|kaslr-seed|rng-seed|#(?:address|size)-cells)$/;

/** Where the files of a boot lie must be nobody else's. @throws MisuseError for the first that is not. */
export function checkRoom(places: ReadonlyMap<string, FilePlace>, taken: readonly Range[]): void {
  for (const [name, { address, size }] of places) {
    const file = { name, start: address, size: BigInt(size) };
    const hit = taken.find((range) => overlaps(range, file));
    if (hit === undefined) continue;
    throw new MisuseError({
      who: hit.name,
      what: `lies at host address ${hex(hit.start)}, where the board has ${name} of the boot (${hex(address)})`,
      remedy: 'give it a host address that is at least 128 MiB above the beginning of RAM',
    });
  }
}

/**
 * The host device tree that is booted: the board's own, with the user's /chosen in it as it is, but
 * for a probe in place of each kernel, and addresses of host memory moved by `moved`.
 *
 * @param generated what the plan of the same domains makes: the probes' places and arguments.
 * @param dom0 what runs in it: a probe where the user has a kernel, or our Linux in any case.
 * @param partials where the partial device tree of a domain lies; a module that has none here goes.
 * @param kernels `own`: the user's files stay, at addresses that are moved as all others.
 */
export function layTree(
  user: DeviceTree,
  generated: DeviceTree,
  moved: bigint,
  dom0: 'probe' | 'linux' = 'probe',
  partials: ReadonlyMap<string, FilePlace> = new Map(),
  kernels: 'probe' | 'own' = 'probe',
): DeviceTree {
  const theirs = find(user, '/chosen') ?? makeNode('chosen');
  const ours = find(generated, '/chosen') ?? makeNode('chosen');
  const generatedOf = (name: string): DtNode | undefined =>
    ours.children.find((child) => child.name === name);
  const base = setNode(generated, '/chosen', (chosen) => ({ ...chosen, children: [] }));
  const around = cellsBelow(user.root, '/chosen');
  const rest = theirs.children.filter((child) => !isLeftOut(child));
  const laid = withKinds(rest).flatMap((child) => {
    const own = kernels === 'own' ? kernels : undefined;
    if (isDomain(child)) {
      const { name } = child;
      return [layDomain(user, child, own ?? generatedOf(name), moved, partials.get(name))];
    }
    if (dom0 === 'linux' && (isKernel(child) || isRamdisk(child))) return [];
    const laying = { below: around, by: moved, direct: true };
    return layModules([child], own ?? probeModule(ours), laying);
  });
  const children = dom0 === 'linux' ? [...laid, ...linuxModules(ours, around)] : laid;
  const heaped = moveAddresses(theirs, 'xen,static-heap', around, moved);
  // A dom0 of the user's own has its arguments there (construct_dom0: write_properties).
  // Xen prefers xen,dom0-bootargs to those of the kernel's module: a probe or our Linux would have them.
  const ofDom0 = (name: string): boolean =>
    kernels === 'own' && dom0 !== 'linux' && /^(?:xen,dom0-)?bootargs$/.test(name);
  const kept = heaped.properties.filter(({ name }) => ofDom0(name) || !boardProperties.test(name));
  const chosen = {
    name: 'chosen',
    properties: [
      ...removeProperty(removeProperty(ours, '#address-cells'), '#size-cells').properties.filter(
        ({ name }) => !ofDom0(name) && !kept.some((one) => one.name === name),
      ),
      ...makeNode('', {
        '#address-cells': around.addressCells,
        '#size-cells': around.sizeCells,
      }).properties,
      ...kept,
    ],
    children,
  };
  const whole = withoutClashes(chosen, base);
  return setNode(base, '/chosen', () => whole);
}
