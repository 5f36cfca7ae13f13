// SPDX-License-Identifier: Apache-2.0
import { type DtNode, find, property } from '../dt/index.ts';
import { loadedRanges, type LoadedFile } from './boot-loads.ts';
import { type Dom0lessDomain, isKernelModule, readDomain } from './dom0less-domain.ts';
import type { PlacedTree } from './placed-tree.ts';
import { type PlacedRange, TreeReader } from './tree-reader.ts';
import type { From, Where } from './where.ts';

/** A bank of `mmio-sram`. */
export interface SramBank extends PlacedRange {
  readonly path: string;
  /** `xen,passthrough`: dom0 does not map it. */
  readonly passthrough: boolean;
}

/** What a host device tree says about sharing. */
export interface HostTree {
  readonly source: PlacedTree;
  readonly memory: readonly PlacedRange[];
  /** `sharable`: there to be shared, by its compatible `xen,shared-memory-v1`. */
  readonly reserved: readonly (PlacedRange & { readonly sharable: boolean })[];
  /** What the boot loader puts into memory, those of size 0 too. */
  readonly modules: readonly PlacedRange[];
  /** Banks of `mmio-sram`. */
  readonly sram: readonly SramBank[];
  /** `xen,static-heap`. */
  readonly staticHeap: readonly PlacedRange[];
  /** Files that a boot script loads; domains name some of them as modules. */
  readonly loads: readonly PlacedRange[];
  readonly dom0: Dom0lessDomain;
  readonly domains: readonly Dom0lessDomain[];
  readonly xenArguments: From<string> | undefined;
  /** Properties whose cells do not come out. */
  readonly faults: readonly { readonly where: Where; readonly message: string }[];
}

/** Every node below `node` with its path. */
function* below(
  node: DtNode,
  path: string,
): Generator<{ node: DtNode; path: string }, void, undefined> {
  for (const child of node.children) {
    const childPath = `${path === '/' ? '' : path}/${child.name}`;
    yield { node: child, path: childPath };
    yield* below(child, childPath);
  }
}

/**
 * What Xen takes for its own arguments: those of `bootargs` where dom0 has others
 * (xen/common/device-tree/bootfdt.c, boot_fdt_cmdline).
 */
function xenArgumentsOf(reader: TreeReader, chosen: DtNode): From<string> | undefined {
  const argumentsIn = (name: string): From<string> | undefined => {
    const value = reader.text(chosen, '/chosen', name);
    return value === undefined ? undefined : { value, where: reader.source.at('/chosen', name) };
  };
  const own = argumentsIn('xen,xen-bootargs');
  if (own !== undefined) return own;
  const kernel = chosen.children.find((child) =>
    reader.compatible(child, `/chosen/${child.name}`).some((one) => isKernelModule(one)),
  );
  const ofKernel = kernel && reader.text(kernel, `/chosen/${kernel.name}`, 'bootargs');
  const dom0 = reader.text(chosen, '/chosen', 'xen,dom0-bootargs') ?? (ofKernel || undefined);
  return dom0 === undefined ? undefined : argumentsIn('bootargs');
}

/**
 * Reads what a host device tree says about sharing (docs/misc/arm/device-tree/booting.txt).
 *
 * @param loaded which file lies where, as a boot script says.
 * @param named which file a module is that has no address, by the path of its node.
 */
export function readHostTree(
  source: PlacedTree,
  loaded: readonly LoadedFile[] = [],
  named: ReadonlyMap<string, string> = new Map(),
): HostTree {
  const loads = { at: new Map(loaded.map(({ start, file }) => [start, file])), named };
  const reader = new TreeReader(source);
  const { root } = source.tree;
  const nodes = [...below(root, '/')];
  const rangesOf = (wanted: (node: DtNode, path: string) => boolean): PlacedRange[] =>
    nodes
      .filter(({ node, path }) => wanted(node, path))
      .flatMap(({ node, path }) => reader.banks(node, path));
  const chosen = find(root, '/chosen') ?? { name: 'chosen', properties: [], children: [] };
  const isDomain = (node: DtNode, path: string): boolean =>
    reader.compatible(node, path).includes('xen,domain');
  const domains = chosen.children.flatMap((child) => {
    const path = `/chosen/${child.name}`;
    return isDomain(child, path) ? [readDomain(reader, child, path, child.name, loads)] : [];
  });
  const dom0 = readDomain(reader, chosen, '/chosen', 'dom0', loads);
  return {
    source,
    memory: rangesOf((node, path) => reader.text(node, path, 'device_type') === 'memory'),
    reserved: nodes
      .filter(({ path }) => /^\/reserved-memory\/[^/]+$/.test(path))
      .flatMap(({ node, path }) => {
        const sharable = reader.compatible(node, path).includes('xen,shared-memory-v1');
        return reader.banks(node, path).map((range) => ({ ...range, sharable }));
      }),
    modules: nodes
      .filter(({ node, path }) =>
        reader.compatible(node, path).some((one) => /^(xen,)?multiboot[,-]/.test(one)),
      )
      .flatMap(({ node, path }) => reader.ranges(node, path))
      .map((range, index) => ({ ...range, name: `boot module ${index} (${range.name})` })),
    sram: nodes
      .filter(({ node, path }) => reader.compatible(node, path).includes('mmio-sram'))
      .flatMap(({ node, path }) => {
        const passthrough = property(node, 'xen,passthrough') !== undefined;
        return reader.banks(node, path).map((range) => ({ ...range, path, passthrough }));
      }),
    staticHeap: reader.banks(chosen, '/chosen', 'xen,static-heap', 'static heap'),
    loads: loadedRanges(loaded),
    dom0,
    domains,
    xenArguments: xenArgumentsOf(reader, chosen),
    faults: reader.faults,
  };
}
