// SPDX-License-Identifier: Apache-2.0
import { describeCells, type DtNode, property, u32 } from '../dt/index.ts';
import { isDomainProperty } from '../xen/domain-properties.ts';
import { joined, type PlacedRange, type TreeReader } from './tree-reader.ts';
import type { Where, Written } from './where.ts';

/** What says of a node that Xen is to share memory by it. */
export const sharedMemoryNode = 'xen,domain-shared-memory-v1';

/** A node with `xen,domain-shared-memory-v1`, or one that looks as if it was meant to be one. */
export interface SharedMemoryNode {
  readonly where: Where;
  readonly at: (property: string) => Where;
  readonly written: (property: string) => Written | undefined;
  /** The one that Xen looks for, where it is among several; else the first. */
  readonly compatible: string;
  readonly id: string | undefined;
  readonly role: string | undefined;
  /** The cells of `xen,shared-mem`; undefined when it is not there. */
  readonly cells: readonly number[] | undefined;
  readonly addressCells: number;
  readonly sizeCells: number;
  /** Which node says how many cells. */
  readonly cellsFrom: string;
  /** Read out of the cells, where there are as many as there have to be. */
  readonly region:
    | { readonly host: bigint | undefined; readonly guest: bigint; readonly size: bigint }
    | undefined;
}

/** What the boot loader put into memory for a domain. */
export interface BootModule {
  readonly kind: 'kernel' | 'ramdisk' | 'device-tree';
  readonly where: Where;
  readonly at: (property: string) => Where;
  /** Undefined where nobody says. */
  readonly start: bigint | undefined;
  readonly size: bigint | undefined;
  /** Which file it is, where a boot script or ImageBuilder's configuration tells. */
  readonly file: string | undefined;
}

/** A node with `xen,evtchn`: one end of an event channel. */
export interface EventChannelNode {
  readonly where: Where;
  readonly at: (property: string) => Where;
  readonly written: (property: string) => Written | undefined;
  readonly compatible: string;
  readonly port: number | undefined;
  /** The phandle of the other end. */
  readonly remote: number | undefined;
  readonly phandle: number | undefined;
}

/** Something that is there and that nobody here knows. */
export interface Unknown {
  readonly where: Where;
  readonly what: string;
}

/** A `xen,domain` node, or dom0's place in /chosen. */
export interface Dom0lessDomain {
  /** The node's name; `dom0` for what stands in /chosen itself. */
  readonly name: string;
  readonly where: Where;
  readonly at: (property: string) => Where;
  readonly written: (property: string) => Written | undefined;
  /** In KiB; undefined when it is not there, or for dom0. */
  readonly memory: bigint | undefined;
  readonly cpus: number | undefined;
  /** How many cells the property has: Xen wants two. */
  readonly memoryCells: number | undefined;
  readonly hasKernel: boolean;
  readonly modules: readonly BootModule[];
  /** Of the kernel's module, in bytes; undefined when it has none. */
  readonly kernelSize: bigint | undefined;
  /** A module with a partial device tree. */
  readonly hasPartialTree: boolean;
  readonly directMap: boolean;
  readonly enhanced: string | undefined;
  readonly vpl011: boolean;
  readonly staticMemory: readonly PlacedRange[];
  readonly sharedMemory: readonly SharedMemoryNode[];
  readonly eventChannels: readonly EventChannelNode[];
  /** `llc-colors`. */
  readonly llcColors: string | undefined;
  /** Whether a property stands there, whatever its value. */
  readonly has: (property: string) => boolean;
  /** Properties and nodes that no Xen reads there. */
  readonly unknown: readonly Unknown[];
}

/** Which file a module is. */
export interface Loads {
  /** Where a boot script puts which file: by host address. */
  readonly at: ReadonlyMap<bigint, string>;
  /** Modules of which the file is known, and not its address: by the path of the node. */
  readonly named: ReadonlyMap<string, string>;
}

/** Compatible strings of modules, the old ones too. */
const moduleKinds: Readonly<Record<string, BootModule['kind']>> = {
  'multiboot,kernel': 'kernel',
  'xen,linux-zimage': 'kernel',
  'multiboot,ramdisk': 'ramdisk',
  'xen,linux-initrd': 'ramdisk',
  'multiboot,device-tree': 'device-tree',
};

/** Whether a compatible string says that a module is a kernel. */
export const isKernelModule = (compatible: string): boolean =>
  Object.hasOwn(moduleKinds, compatible) && moduleKinds[compatible] === 'kernel';

/** Nodes of a domain that are something to Xen. */
const nodeKinds = /^(?:(?:xen,)?multiboot[,-]|xen,(?:linux-|domain-shared-memory-v1$|evtchn))/;

interface Child {
  readonly node: DtNode;
  readonly path: string;
  readonly compatible: readonly string[];
}

/** Reads what is below one domain's node. */
class DomainReader {
  readonly #reader: TreeReader;
  readonly #node: DtNode;
  readonly #path: string;
  readonly #loads: Loads;
  readonly #children: readonly Child[];

  constructor(reader: TreeReader, node: DtNode, path: string, loads: Loads) {
    this.#reader = reader;
    this.#node = node;
    this.#path = path;
    this.#loads = loads;
    this.#children = node.children.map((child) => {
      const childPath = `${path}/${child.name}`;
      return { node: child, path: childPath, compatible: reader.compatible(child, childPath) };
    });
  }

  modules(): BootModule[] {
    const { source } = this.#reader;
    // Xen takes the first module that does not say what it is for the kernel, the next for the ramdisk.
    const assumed: BootModule['kind'][] = ['kernel', 'ramdisk'];
    return this.#children.flatMap(({ node, path, compatible }): BootModule[] => {
      if (!compatible.some((one) => /^(xen,)?multiboot-module$|^multiboot,module$/.test(one)))
        if (!compatible.some((one) => Object.hasOwn(moduleKinds, one))) return [];
      const named = compatible.map((one) => moduleKinds[one]).find((kind) => kind !== undefined);
      const other = compatible.some((one) => one === 'xen,xsm-policy');
      const kind = named ?? (other ? undefined : assumed.shift());
      if (kind === undefined) return [];
      const [range] = this.#reader.ranges(node, path);
      const file = range ? this.#loads.at.get(range.start) : this.#loads.named.get(path);
      const at = (name: string): Where => source.at(path, name);
      return [{ kind, where: source.at(path), at, start: range?.start, size: range?.size, file }];
    });
  }

  sharedMemory(): SharedMemoryNode[] {
    const { source } = this.#reader;
    const counts = this.#reader.cellsBelow(this.#path);
    const { addressCells, sizeCells } = counts;
    return this.#children.flatMap(({ node, path, compatible: words }) => {
      const meant = property(node, 'xen,shared-mem') ?? property(node, 'xen,shm-id');
      // Xen looks for it among all (dt_device_is_compatible).
      const compatible = words.find((one) => one === sharedMemoryNode) ?? words[0] ?? '';
      if (compatible !== sharedMemoryNode && meant === undefined) return [];
      const cells = this.#reader.cells(node, path, 'xen,shared-mem');
      return [
        {
          where: source.at(path),
          at: (name) => source.at(path, name),
          written: (name) => source.written(path, name),
          compatible,
          id: this.#reader.text(node, path, 'xen,shm-id'),
          role: this.#reader.text(node, path, 'role'),
          cells,
          addressCells,
          sizeCells,
          cellsFrom: describeCells(counts),
          region: cells && regionOf(cells, addressCells, sizeCells),
        },
      ];
    });
  }

  eventChannels(): EventChannelNode[] {
    const { source } = this.#reader;
    return this.#children.flatMap(({ node, path, compatible: [compatible = ''] }) => {
      if (property(node, 'xen,evtchn') === undefined && !compatible.startsWith('xen,evtchn'))
        return [];
      const [port, remote] = this.#reader.cells(node, path, 'xen,evtchn') ?? [];
      return [
        {
          where: source.at(path),
          at: (name) => source.at(path, name),
          written: (name) => source.written(path, name),
          compatible,
          port,
          remote,
          phandle: this.#reader.attempt(path, 'phandle', () => u32(node, 'phandle')),
        },
      ];
    });
  }

  unknown(): Unknown[] {
    const { source } = this.#reader;
    const ours = ['phandle', 'linux,phandle', 'status'];
    return [
      ...this.#node.properties
        .filter(({ name }) => !isDomainProperty(name) && !ours.includes(name))
        .map(({ name }) => ({ where: source.at(this.#path, name), what: `property ${name}` })),
      ...this.#children
        .filter(({ compatible }) => !compatible.some((one) => nodeKinds.test(one)))
        .map(({ node, path }) => ({ where: source.at(path), what: `node ${node.name}` })),
    ];
  }
}

/** Reads a `xen,domain` node, or what stands in /chosen for dom0. */
export function readDomain(
  reader: TreeReader,
  node: DtNode,
  path: string,
  name: string,
  loads: Loads = { at: new Map(), named: new Map() },
): Dom0lessDomain {
  const { source } = reader;
  const below = new DomainReader(reader, node, path, loads);
  const modules = below.modules();
  const memory = reader.cells(node, path, 'memory');
  const cpus = reader.cells(node, path, 'cpus');
  const enhanced = property(node, 'xen,enhanced');
  return {
    name,
    where: source.at(path),
    at: (property_) => source.at(path, property_),
    written: (property_) => source.written(path, property_),
    memory: memory && joined(memory),
    memoryCells: memory?.length,
    cpus: cpus && Number(joined(cpus)),
    hasKernel: modules.some(({ kind }) => kind === 'kernel'),
    modules,
    kernelSize: modules.find(({ kind }) => kind === 'kernel')?.size,
    hasPartialTree: modules.some(({ kind }) => kind === 'device-tree'),
    directMap: property(node, 'direct-map') !== undefined,
    enhanced: enhanced?.length === 0 ? 'enabled' : reader.text(node, path, 'xen,enhanced'),
    vpl011: property(node, 'vpl011') !== undefined,
    staticMemory: reader.banks(node, path, 'xen,static-mem', `static memory of ${name}`),
    sharedMemory: below.sharedMemory(),
    eventChannels: below.eventChannels(),
    llcColors: reader.text(node, path, 'llc-colors'),
    has: (property_) => property(node, property_) !== undefined,
    unknown: name === 'dom0' ? [] : below.unknown(),
  };
}

function regionOf(
  cells: readonly number[],
  addressCells: number,
  sizeCells: number,
): SharedMemoryNode['region'] {
  const host = cells.length === 2 * addressCells + sizeCells;
  if (!host && cells.length !== addressCells + sizeCells) return undefined;
  const first = host ? addressCells : 0;
  return {
    host: host ? joined(cells.slice(0, addressCells)) : undefined,
    guest: joined(cells.slice(first, first + addressCells)),
    size: joined(cells.slice(first + addressCells)),
  };
}
