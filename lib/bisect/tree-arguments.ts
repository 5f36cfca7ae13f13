// SPDX-License-Identifier: Apache-2.0
import { type DtNode, stringOf } from '../dt/index.ts';
import type { Has, Mixer } from './change.ts';
import { mixCommandLine } from './command-line.ts';
import { note } from './statements.ts';
import { addHunks, applyEdits, type TextMixer } from './text-edits.ts';
import type { Comparison, Paths, Property } from './tree-comparison.ts';

/** Command lines: Xen's, dom0's, a kernel's. */
export const isCommandLine = (name: string): boolean =>
  /^(?:xen,(?:xen|dom0)-)?bootargs$/.test(name);

/** A command line whose arguments change each by itself; undefined where they only change places. */
export function mixArguments(
  comparison: Comparison,
  paths: Paths,
  name: string,
  ends: { readonly good: DtNode; readonly bad: DtNode },
): Mixer<Property> | undefined {
  const good = stringOf(ends.good, name) ?? '';
  const from = comparison.changes.length;
  const mixer = mixCommandLine(good, stringOf(ends.bad, name) ?? '', (change) =>
    note(comparison, {
      ...change,
      what: `${change.to === undefined ? paths.good : paths.bad}: ${name}`,
      good: comparison.good.at(paths.good, name),
      bad: comparison.bad.at(paths.bad, name),
    }),
  );
  if (mixer === undefined) return undefined;
  addArgumentHunks(comparison, paths, name, from, (has) => applyEdits(good, mixer(has)));
  return (has) => {
    const text = applyEdits(good, mixer(has));
    return { name, value: new TextEncoder().encode(`${text}\0`) };
  };
}

/** The line of a command line, where it is one plain string there, with one argument changed. */
function addArgumentHunks(
  { good, bad, changes }: Comparison,
  paths: Paths,
  name: string,
  from: number,
  mixed: (has: Has) => string,
): void {
  const written = good.written(paths.good, name);
  const { place, line } = good.at(paths.good, name);
  const plain = `"${mixed(() => false)}"`;
  if (place === undefined || line === undefined || written?.text !== plain) return;
  const start = line.indexOf(plain);
  if (start < 0) return;
  const mixer: TextMixer = (has) => [
    { start: start + 1, end: start + plain.length - 1, text: mixed(has) },
  ];
  const files = { good: place.file, bad: bad.at(paths.bad, name).file, goodLine: place.line };
  addHunks(changes, from, mixer, `${line}\n`, files);
}
