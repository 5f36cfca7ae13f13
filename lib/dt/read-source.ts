// SPDX-License-Identifier: Apache-2.0
import { type Place, SourceError, type SourceText } from '../support/source-text.ts';
import { childPath, type DeviceTree, type DtNode } from './model.ts';
import { readDefinitions, resolve, type SourceNode, type SourceProperty } from './source-nodes.ts';
import { type Include, SourceScanner } from './source-scanner.ts';
import type { Reference, ValuePart } from './source-values.ts';
import { cells, concat, strings } from './values.ts';

/** A device tree that was read from source. */
export interface SourceTree {
  readonly tree: DeviceTree;
  /**
   * Where a node or a property was written last: by the node's path, or `path:property`
   * (`/chosen:bootargs`).
   */
  readonly places: ReadonlyMap<string, Place>;
  /** Of a property with a value, by the same key: where the value begins, and the `;` behind it. */
  readonly extents: ReadonlyMap<string, readonly [Place, Place]>;
}

/** The key of a property in {@link SourceTree.places}. */
export const placeKey = (path: string, property: string): string => `${path}:${property}`;

/**
 * Reads a device tree source (Devicetree specification v0.4, 6), as dtc does: labels, references,
 * expressions, `/include/`, nodes that are mentioned several times, and the marks that a C
 * preprocessor leaves. Phandles that are missing are given out in the order in which dtc does it.
 *
 * @param include finds files that the source includes.
 * @throws SourceError with the place of what cannot be read.
 */
export function readSource(source: SourceText, include: Include = () => undefined): SourceTree {
  const { root, reservations } = readDefinitions(new SourceScanner(source, include));
  const phandles = givePhandles(root, source);
  const places = new Map<string, Place>();
  const extents = new Map<string, readonly [Place, Place]>();
  const built = build(root, '/', { root, phandles, places, extents });
  return { tree: { root: built, reservations, bootCpu: 0 }, places, extents };
}

/** What filling in a value needs. */
interface Known {
  readonly root: SourceNode;
  readonly phandles: ReadonlyMap<SourceNode, number>;
  readonly places: Map<string, Place>;
  readonly extents: Map<string, readonly [Place, Place]>;
}

function* nodesOf(node: SourceNode): Generator<SourceNode, void, undefined> {
  yield node;
  for (const child of node.children.values()) yield* nodesOf(child);
}

/** The bytes of a value without references, or undefined. */
function literalCell({ parts }: SourceProperty): number | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part?.kind !== 'bytes' || part.bytes.length !== 4) return undefined;
  return new DataView(part.bytes.buffer, part.bytes.byteOffset).getUint32(0);
}

/** The phandles that are written, and for the nodes that are referred to, the least free ones. */
function givePhandles(root: SourceNode, source: SourceText): Map<SourceNode, number> {
  const phandles = new Map<SourceNode, number>();
  for (const node of nodesOf(root)) {
    const written = node.properties.get('phandle') ?? node.properties.get('linux,phandle');
    const phandle = written && literalCell(written);
    if (phandle !== undefined) phandles.set(node, phandle);
  }
  const taken = new Set(phandles.values());
  let next = 1;
  for (const node of nodesOf(root)) {
    for (const { parts } of node.properties.values()) {
      for (const part of parts) {
        if (part.kind !== 'phandle') continue;
        const target = referred(root, part.of, source);
        if (phandles.has(target)) continue;
        while (taken.has(next)) next++;
        taken.add(next);
        phandles.set(target, next);
      }
    }
  }
  return phandles;
}

function referred(root: SourceNode, reference: Reference, source?: SourceText): SourceNode {
  const found = resolve(root, reference);
  if (found !== undefined) return found.node;
  const what = `no node has the ${reference.kind} ${reference.text}`;
  const { place } = reference;
  const line = source?.file === place.file ? (source.text.split('\n')[place.line - 1] ?? '') : '';
  throw new SourceError(place.file, [{ place, what, line }]);
}

function build(node: SourceNode, path: string, known: Known): DtNode {
  known.places.set(path, node.place);
  const properties = [...node.properties.values()].map(({ name, place, parts, extent }) => {
    known.places.set(placeKey(path, name), place);
    if (extent !== undefined) known.extents.set(placeKey(path, name), extent);
    return { name, value: valueOf(parts, known) };
  });
  const phandle = known.phandles.get(node);
  if (
    phandle !== undefined &&
    !node.properties.has('phandle') &&
    !node.properties.has('linux,phandle')
  )
    properties.push({ name: 'phandle', value: cells(phandle) });
  const children = [...node.children.values()].map((child) =>
    build(child, childPath(path, child.name), known),
  );
  return { name: node.name, properties, children };
}

function valueOf(parts: readonly ValuePart[], { root, phandles }: Known): Uint8Array {
  return concat(
    ...parts.map((part) => {
      if (part.kind === 'bytes') return part.bytes;
      if (part.kind === 'path') return strings(pathOf(root, part.of));
      return cells(phandles.get(referred(root, part.of)) ?? 0);
    }),
  );
}

function pathOf(root: SourceNode, reference: Reference): string {
  referred(root, reference);
  return resolve(root, reference)?.path ?? '';
}
