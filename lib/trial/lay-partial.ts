// SPDX-License-Identifier: Apache-2.0
/** The user's partial device trees, as the machine that is booted has what they name. */
import {
  cells,
  cellsOf,
  type DeviceTree,
  find,
  locate,
  removeNode,
  setNode,
  setProperty,
  writeBlob,
} from '../dt/index.ts';
import type { PassthroughNode } from '../import/partial-tree.ts';
import { overlaps } from '../memory/ranges.ts';
import { hex } from '../support/units.ts';
import type { FilePlace } from '../xen/tampering.ts';
import { inCells } from './cells.ts';
import { type GivenTree, givenTrees, isMemoryNode } from './passed-memory.ts';
import type { SramPlaces } from './place-sram.ts';
import type { Replacement } from './rewrite-xl.ts';
import type { TrialSystem } from './subject.ts';

/** The partial device trees of a boot. */
export interface LaidPartials {
  /** Files to load, by name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Which of them is a domain's. */
  readonly fileOf: ReadonlyMap<string, string>;
  readonly replaced: readonly Replacement[];
}

/**
 * The node that stands for the one that `xen,path` names; undefined where the user's host device tree
 * has no such node, which is for Xen to say. A tree without memory is /chosen alone: it says nothing
 * of other nodes.
 */
function pathHere(
  { host }: TrialSystem,
  { xenPath, ranges: [first] }: PassthroughNode,
  places: SramPlaces,
): string | undefined {
  if (xenPath === undefined || host === undefined) return undefined;
  const there = locate(host.source.tree, xenPath)?.path === xenPath;
  if (host.memory.length > 0 && !there) return undefined;
  const bank = host.sram.find(({ path }) => path === xenPath);
  return places.pathOf(first?.host ?? bank?.start ?? 0n);
}

/** The host addresses of `xen,reg`, the first of each tuple, are the machine's. */
function withPlaces(tree: DeviceTree, node: PassthroughNode, places: SramPlaces): DeviceTree {
  const { path, property: name = 'xen,reg', ranges, tuple, addressCells } = node;
  return setNode(tree, path, (found) => {
    const written = cellsOf(found, name) ?? [];
    const changed = ranges.reduce<readonly number[]>(
      (all, { host }, index) =>
        all.toSpliced(
          index * tuple,
          addressCells,
          ...inCells(places.of(host), addressCells, { who: path, where: node.at(name) }),
        ),
      written,
    );
    return setProperty(found, name, cells(...changed));
  });
}

function layNode(
  system: TrialSystem,
  tree: DeviceTree,
  node: PassthroughNode,
  places: SramPlaces,
): { readonly tree: DeviceTree; readonly text: string | undefined } {
  const { path, property: name, ranges, xenPath } = node;
  if (name === undefined || find(tree, path) === undefined) return { tree, text: undefined };
  if (ranges.length > 0 && !isMemoryNode(system, node))
    return { tree: removeNode(tree, path), text: `a device of another board: ${path} is left out` };
  const here = pathHere(system, node, places);
  const moved = ranges.length === 0 ? tree : withPlaces(tree, node, places);
  const changed =
    here === undefined ? moved : setNode(moved, path, (one) => setProperty(one, 'xen,path', here));
  const words = ranges.map(
    ({ host }) => `host address ${hex(host)} is RAM at ${hex(places.of(host))} here`,
  );
  const renamed = here === undefined ? [] : [`xen,path "${xenPath ?? ''}" is "${here}"`];
  const all = [...words, ...renamed];
  return { tree: changed, text: all.length === 0 ? undefined : all.join(', ') };
}

function layTree(
  system: TrialSystem,
  { partial }: GivenTree,
  places: SramPlaces,
): { readonly tree: DeviceTree; readonly replaced: readonly Replacement[] } {
  const replaced: Replacement[] = [];
  let { tree } = partial.source;
  for (const node of partial.nodes) {
    const laid = layNode(system, tree, node, places);
    ({ tree } = laid);
    const where = node.at(node.property ?? '');
    if (laid.text !== undefined) replaced.push({ where, text: laid.text });
  }
  return { tree, replaced };
}

/** Which tree a domain is given where nothing says so but what the file is called. */
function chosenByName(system: TrialSystem, { partial, domains }: GivenTree): Replacement[] {
  if (system.partials.length === 1) return [];
  return domains.flatMap(({ name, modules }) =>
    modules
      .filter(({ kind, file }) => kind === 'device-tree' && file === undefined)
      .map(({ where }) => ({
        where,
        text: `the partial device tree of ${name} is taken to be ${partial.source.file}, by its name`,
      })),
  );
}

/** SRAM that a memory node of the user's has too: that is so on the machine. */
function leftInMemory({ host }: TrialSystem, { places }: SramPlaces): Replacement[] {
  return places.flatMap(({ range, sram }) =>
    (host?.memory ?? [])
      .filter((bank) => sram.inMemory === true && overlaps(bank, range))
      .map(({ where }) => ({
        where,
        text: `${range.name} is in this memory too, here as well: Xen may give it to others`,
      })),
  );
}

/** Each partial device tree once, also where several domains have it. @throws MisuseError for an address that its cells cannot hold. */
export function layPartials(system: TrialSystem, places: SramPlaces): LaidPartials {
  const files: Record<string, Uint8Array> = {};
  const fileOf = new Map<string, string>();
  const replaced = leftInMemory(system, places);
  for (const given of givenTrees(system)) {
    const [first] = given.domains;
    const file = `${first?.name ?? ''}.partial.dtb`;
    const laid = layTree(system, given, places);
    files[file] = writeBlob(laid.tree);
    for (const { name } of given.domains) fileOf.set(name, file);
    replaced.push(...chosenByName(system, given), ...laid.replaced);
  }
  return { files, fileOf, replaced };
}

/** Where the partial device tree of each domain lies. */
export function placesOfPartials(
  { fileOf }: LaidPartials,
  places: ReadonlyMap<string, FilePlace>,
): ReadonlyMap<string, FilePlace> {
  const found = [...fileOf].flatMap(([domain, file]) => {
    const place = places.get(file);
    return place === undefined ? [] : [[domain, place] as const];
  });
  return new Map(found);
}
