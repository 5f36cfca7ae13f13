// SPDX-License-Identifier: Apache-2.0
import { checkSiblings } from './build.ts';
import { childPath, MAX_DEPTH, misuse } from './model.ts';
import type { DeviceTree, DtNode } from './model.ts';
import { nodeNameFault, propertyNameFault } from './names.ts';

/**
 * Checks that a tree can be written and read back: names, duplicates, depth, reservations.
 *
 * @throws MisuseError that names the node's path.
 */
export function checkTree(tree: DeviceTree): void {
  const { root, reservations, bootCpu } = tree;
  if (root.name !== '') throw misuse('node /', `the root is named ${root.name}`);
  if (!Number.isInteger(bootCpu) || bootCpu < 0 || bootCpu > 0xffff_ffff)
    throw misuse('boot CPU', `${bootCpu} is not an integer of 32 bits`);
  for (const { address, size } of reservations) {
    // An empty one ends the list for libfdt and dtc (fdt_ro.c, fdt_num_mem_rsv).
    if (size <= 0n || address < 0n || address + size > 1n << 64n)
      throw misuse('reservations', `${size.toString()} bytes at ${address.toString()} cannot be`);
  }
  checkNode(root, '/', 1);
}

function checkNode(node: DtNode, path: string, depth: number): void {
  if (depth > MAX_DEPTH)
    throw misuse(`node ${path.slice(0, 80)}...`, `nodes are nested deeper than ${MAX_DEPTH}`);
  const seen = new Set<string>();
  for (const { name } of node.properties) {
    const twice = seen.has(name) ? `two properties are named ${name}` : undefined;
    const fault = propertyNameFault(name) ?? twice;
    if (fault !== undefined) throw misuse(`node ${path}`, fault);
    seen.add(name);
  }
  checkSiblings(path, node.children);
  for (const child of node.children) {
    const fault = nodeNameFault(child.name);
    if (fault !== undefined) throw misuse(`node ${path}`, fault);
    checkNode(child, childPath(path, child.name), depth + 1);
  }
}
