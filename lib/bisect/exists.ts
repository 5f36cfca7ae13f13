// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, type DtNode, property, walk, writeBlob } from '../dt/index.ts';
import { readHostTree } from '../import/host-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { describeWhere } from '../import/where.ts';
import { lint } from '../lint/lint.ts';
import { lintTargets } from '../lint/target.ts';

/** A tree as a blob of that name: places in it are paths. */
export function asBlob(file: string, tree: DeviceTree): PlacedTree {
  return PlacedTree.fromBlob(file, writeBlob(tree));
}

const cell = (node: DtNode, name: string, index: number): number | undefined => {
  const value = property(node, name);
  if (value === undefined || value.length < 4 * (index + 1)) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(4 * index);
};

/** Which cell of a property is a phandle (docs/misc/arm/device-tree/booting.txt, cpupools.txt). */
const references: Readonly<Record<string, number>> = { 'xen,evtchn': 1, 'domain-cpupool': 0 };

/** Phandles that two nodes have, or that lead nowhere. */
function phandleFaults({ root }: DeviceTree): string[] {
  const holders = new Map<number, string>();
  const faults: string[] = [];
  const places = [...walk(root)];
  for (const { path, node } of places) {
    const phandle = cell(node, 'phandle', 0);
    if (phandle === undefined) continue;
    if (holders.has(phandle)) faults.push(`phandle ${path}`);
    holders.set(phandle, path);
  }
  for (const { path, node } of places)
    for (const [name, index] of Object.entries(references)) {
      const phandle = cell(node, name, index);
      if (phandle !== undefined && !holders.has(phandle)) faults.push(`${name} ${path}`);
    }
  return faults;
}

/** A configuration has other files too; what goes together is seen in the tree alone. */
const nothingElse = {
  partials: [],
  domains: [],
  unreadable: [],
  texts: [],
  imageBuilders: [],
  scripts: [],
};

/** The version that changes are held together by; its rules are what goes for all of them. */
const [target] = lintTargets.filter(({ name }) => name === '4.20');

/**
 * What is wrong with a tree as a whole, each fault by its rule and its place: a mixture that has
 * one that neither end has is none that anybody could have meant.
 */
export function faultsOfTree(file: string, tree: DeviceTree): ReadonlySet<string> {
  if (target === undefined) return new Set();
  const hosts = [readHostTree(asBlob(file, tree))];
  const findings = lint({ target, hosts, ...nothingElse })
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, where }) => `${rule} ${where.path ?? describeWhere(where)}`);
  return new Set([...findings, ...phandleFaults(tree)]);
}
