// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';

/** A property: its name and its value's bytes as they stand in a blob, big-endian, no padding. */
export interface Property {
  readonly name: string;
  readonly value: Uint8Array;
}

/** A node as a value. Nobody mutates one: every edit makes a new one. */
export interface DtNode {
  /** `memory@40000000`: the node's name with its unit address; empty for the root. */
  readonly name: string;
  readonly properties: readonly Property[];
  readonly children: readonly DtNode[];
}

/** An entry of the memory reservation block, in bytes (Devicetree specification v0.4, 5.3). */
export interface Reservation {
  readonly address: bigint;
  readonly size: bigint;
}

/** What one flattened device tree says (Devicetree specification v0.4, 5). */
export interface DeviceTree {
  readonly root: DtNode;
  readonly reservations: readonly Reservation[];
  /** The header's `boot_cpuid_phys`. */
  readonly bootCpu: number;
}

/** A node together with its full path, `/` for the root. */
export interface Located {
  readonly path: string;
  readonly node: DtNode;
}

/** How deep a tree may be, the root being 1: it bounds what a hostile blob can make us do. */
export const MAX_DEPTH = 64;

/** How long a name may be; the specification says 31 (2.2.1), device trees in use go beyond. */
export const MAX_NAME = 255;

/** The root of a tree; a node is its own root. */
export function rootOf(tree: DeviceTree | DtNode): DtNode {
  return 'root' in tree ? tree.root : tree;
}

/** The path of the child `name` of the node at `parent`. */
export function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** A node's name without its unit address (Devicetree specification v0.4, 2.2.1). */
export function baseName(name: string): string {
  const at = name.indexOf('@');
  return at < 0 ? name : name.slice(0, at);
}

/** The fault of a caller who gave us a tree, a path or a value that cannot be. */
export function misuse(where: string, what: string, remedy?: string): MisuseError {
  return new MisuseError({ who: `device tree, ${where}`, what, remedy });
}
