// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, type DtNode, property, walk } from '../dt/index.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { describeWhere } from '../import/where.ts';
import { lint } from '../lint/lint.ts';
import { lintTargets } from '../lint/target.ts';
import { importedOf } from './mixed-files.ts';
import type { MixedFile } from './mixture.ts';

const cell = (node: DtNode, name: string, index: number): number | undefined => {
  const value = property(node, name);
  if (value === undefined || value.length < 4 * (index + 1)) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(4 * index);
};

/** Which cell of a property is a phandle (docs/misc/arm/device-tree/booting.txt, cpupools.txt). */
const references: Readonly<Record<string, number>> = { 'xen,evtchn': 1, 'domain-cpupool': 0 };

/** Phandles that two nodes have, or that lead nowhere. */
function phandleFaults(file: string, { root }: DeviceTree): string[] {
  const holders = new Map<number, string>();
  const faults: string[] = [];
  const places = [...walk(root)];
  for (const { path, node } of places) {
    const phandle = cell(node, 'phandle', 0);
    if (phandle === undefined) continue;
    if (holders.has(phandle)) faults.push(`phandle ${file} ${path}`);
    holders.set(phandle, path);
  }
  for (const { path, node } of places)
    for (const [name, index] of Object.entries(references)) {
      const phandle = cell(node, name, index);
      if (phandle !== undefined && !holders.has(phandle)) faults.push(`${name} ${file} ${path}`);
    }
  return faults;
}

/** The version that changes are held together by; its rules are what goes for all of them. */
const [target] = lintTargets.filter(({ name }) => name === '4.20');

/** Files that a text names and that are not there, though an end has them. */
function absentFaults(
  files: readonly MixedFile[],
  { domains, imageBuilders }: ImportedFiles,
  names: ReadonlySet<string>,
): string[] {
  const there = new Set(files.map(({ name }) => name));
  const absent = [...names].filter((name) => !there.has(name));
  if (absent.length === 0) return [];
  const named = [
    ...domains.flatMap((domain) =>
      [domain.kernel, domain.ramdisk, domain.deviceTree].flatMap((one) => one?.value ?? []),
    ),
    ...imageBuilders.flatMap(({ config }) => config.settings.map(({ value }) => value)),
  ];
  return absent
    .filter((name) => named.some((value) => isNamed(name, value)))
    .map((name) => `absent ${name}`);
}

/** Whether a value is the path of a file, from wherever. */
const isNamed = (name: string, value: string): boolean =>
  value === name ||
  value.endsWith(`/${name}`) ||
  value.split('/').at(-1) === name.split('/').at(-1);

/**
 * What is wrong with files as a whole, each fault by its rule and its place: a mixture that has one
 * that neither end has is none that anybody could have meant.
 * @param names all files that one of the ends has.
 */
export function faultsOfFiles(
  files: readonly MixedFile[],
  names: ReadonlySet<string>,
): ReadonlySet<string> {
  if (target === undefined) return new Set();
  const imported = importedOf(files);
  const { hosts, unreadable } = imported;
  const findings = lint({ target, ...imported, unreadable: [] })
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, where }) => `${rule} ${where.file} ${where.path ?? describeWhere(where)}`);
  const systems = hosts.filter(({ domains }) => domains.length > 0).length;
  return new Set([
    ...findings,
    ...unreadable.map(({ place, what }) => `${place.file}: ${what}`),
    ...files.flatMap((file) => (file.kind === 'tree' ? phandleFaults(file.name, file.tree) : [])),
    ...absentFaults(files, imported, names),
    `${systems} systems`,
  ]);
}
