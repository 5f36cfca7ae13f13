// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import { childPath, rootOf } from './model.ts';
import type { DeviceTree, DtNode } from './model.ts';
import { printValue } from './print-source.ts';

/**
 * Whether two trees say the same. The order of a node's children counts, since Xen numbers its
 * domains by it (xen/common/device-tree/dom0less-build.c); the order of its properties does not.
 */
export function equal(a: DeviceTree | DtNode, b: DeviceTree | DtNode): boolean {
  return difference(a, b).length === 0;
}

/**
 * What differs, one line each, with the path first; empty for equal trees. Where a tree is compared
 * with a node, only the nodes are.
 */
export function difference(a: DeviceTree | DtNode, b: DeviceTree | DtNode): string[] {
  const found: string[] = [];
  if ('root' in a && 'root' in b) {
    if (a.bootCpu !== b.bootCpu) found.push(`boot CPU: ${a.bootCpu} and ${b.bootCpu}`);
    const [first, second] = [printReservations(a), printReservations(b)];
    if (first !== second) found.push(`reservations: ${first} and ${second}`);
  }
  compareNodes('/', rootOf(a), rootOf(b), found);
  return found;
}

/** `0x48000000+0x1000`, each with its size, or `none`. */
export function printReservations({ reservations }: DeviceTree): string {
  const entries = reservations.map(({ address, size }) => `${hex(address)}+${hex(size)}`);
  return entries.join(' ') || 'none';
}

function compareNodes(path: string, a: DtNode, b: DtNode, found: string[]): void {
  if (a.name !== b.name) found.push(`${path}: named ${a.name} and ${b.name}`);
  for (const [name, left, right] of pairs(a.properties, b.properties)) {
    const what = `${path}: ${name}`;
    if (left && right) compareValues(what, left.value, right.value, found);
    else found.push(onlyIn(what, left));
  }
  for (const [name, left, right] of pairs(a.children, b.children)) {
    const child = childPath(path, name);
    if (left && right) compareNodes(child, left, right, found);
    else found.push(onlyIn(child, left));
  }
  compareOrder(path, a, b, found);
}

function onlyIn(what: string, first: object | undefined): string {
  return `${what}: only in the ${first === undefined ? 'second' : 'first'}`;
}

/** Items of both lists by name, in the order of the first list, then of the second. */
function pairs<Named extends { name: string }>(
  a: readonly Named[],
  b: readonly Named[],
): [string, Named | undefined, Named | undefined][] {
  const left = new Map(a.map((item) => [item.name, item]));
  const right = new Map(b.map((item) => [item.name, item]));
  const names = new Set([...left.keys(), ...right.keys()]);
  return Array.from(names, (name) => [name, left.get(name), right.get(name)]);
}

/** How much of a value a line shows; beyond it, the place where the two part says more. */
const SHOWN = 60;

function compareValues(what: string, a: Uint8Array, b: Uint8Array, found: string[]): void {
  const parted = a.findIndex((byte, index) => byte !== b[index]);
  if (parted < 0 && a.length === b.length) return;
  const at = parted < 0 ? a.length : parted;
  const [first, second] = [printValue(a), printValue(b)];
  found.push(
    Math.max(first.length, second.length) <= SHOWN
      ? `${what}: ${first} and ${second}`
      : `${what}: ${a.length} and ${b.length} bytes, parting at byte ${at}`,
  );
}

function compareOrder(path: string, a: DtNode, b: DtNode, found: string[]): void {
  const other = new Set(b.children.map(({ name }) => name));
  const common = a.children.map(({ name }) => name).filter((name) => other.has(name));
  const shared = new Set(common);
  const order = b.children.map(({ name }) => name).filter((name) => shared.has(name));
  const at = common.findIndex((name, index) => name !== order[index]);
  if (at < 0) return;
  found.push(`${path}: children in another order: ${common[at] ?? ''} and ${order[at] ?? ''}`);
}
