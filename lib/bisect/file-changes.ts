// SPDX-License-Identifier: Apache-2.0
import type { PlacedTree } from '../import/placed-tree.ts';
import type { Change, Mixer } from './change.ts';
import type { EndFile } from './configuration-end.ts';
import { compareImageBuilder } from './image-builder-changes.ts';
import { compareLines } from './line-changes.ts';
import type { MixedFile } from './mixture.ts';
import { note } from './statements.ts';
import { applyEdits, type TextMixer } from './text-edits.ts';
import { compareTrees } from './tree-changes.ts';
import { compareXl } from './xl-changes.ts';

/** A file as it is in one of the ends. */
export function wholeFile(file: EndFile): MixedFile {
  return { ...contentOf(file), ...(file.executable && { executable: true }) };
}

function contentOf({ name, content, path, sha256, size }: EndFile): MixedFile {
  switch (content.kind) {
    case 'tree':
      return { name, kind: 'tree', tree: content.tree.tree };
    case 'xl':
      return { name, kind: 'xl', text: content.xl.source.text };
    case 'image-builder':
      return { name, kind: 'image-builder', text: content.config.source.text };
    case 'script':
      return { name, kind: 'script', text: content.source.text };
    case 'included':
      return { name, kind: 'included', path, sha256, size };
    case 'other':
      return { name, kind: 'whole', path, sha256, size };
  }
}

function mixTrees(
  { name }: EndFile,
  good: PlacedTree,
  bad: PlacedTree,
  changes: Change[],
): Mixer<MixedFile> {
  const from = changes.length;
  const compared = compareTrees(good, bad);
  changes.push(...compared.changes);
  return (has) => ({ name, kind: 'tree', tree: compared.mix((one) => has(from + one)) });
}

const mixText =
  (
    name: string,
    kind: 'xl' | 'image-builder' | 'script' | 'text',
    text: string,
    mixer: TextMixer,
  ): Mixer<MixedFile> =>
  (has) => ({ name, kind, text: applyEdits(text, mixer(has)) });

const shortly = ({ size, sha256 }: EndFile): string =>
  `${size} bytes, sha256 ${sha256.slice(0, 12)}`;

function mixWhole(
  good: EndFile | undefined,
  bad: EndFile | undefined,
  changes: Change[],
): Mixer<MixedFile> {
  const image = [good, bad].every(
    (file) => file === undefined || (file.content.kind === 'other' && file.content.image),
  );
  const replaced = image ? 'image replaced' : 'file replaced';
  const has = note(
    { changes },
    {
      kind: good === undefined ? 'file added' : bad === undefined ? 'file removed' : replaced,
      what: (bad ?? good)?.name ?? '',
      from: good && shortly(good),
      to: bad && shortly(bad),
      good: good && { file: good.file },
      bad: bad && { file: bad.file },
    },
  );
  const [before, after] = [good && wholeFile(good), bad && wholeFile(bad)];
  return (chosen) => (has(chosen) ? after : before);
}

/** As what a pair of files is compared, where that is more than their bytes. */
function mixInside(good: EndFile, bad: EndFile, changes: Change[]): Mixer<MixedFile> | undefined {
  const [from, to, { name }] = [good.content, bad.content, good];
  if (from.kind === 'tree' && to.kind === 'tree')
    return mixTrees(good, from.tree, to.tree, changes);
  if (from.kind === 'xl' && to.kind === 'xl') {
    const mixer = compareXl(from.xl, to.xl, changes);
    return mixText(name, 'xl', from.xl.source.text, mixer);
  }
  if (from.kind === 'image-builder' && to.kind === 'image-builder') {
    const mixer = compareImageBuilder(from.config, to.config, changes);
    return mixText(name, 'image-builder', from.config.source.text, mixer);
  }
  if (from.kind === 'script' && to.kind === 'script') {
    const mixer = compareLines(from.source, to.source, changes);
    return mixText(name, 'script', from.source.text, mixer);
  }
  if (from.kind !== 'other' || to.kind !== 'other') return undefined;
  if (good.sha256 === bad.sha256) return () => wholeFile(good);
  if (from.source === undefined || to.source === undefined) return undefined;
  const mixer = compareLines(from.source, to.source, changes);
  return mixText(name, 'text', from.source.text, mixer);
}

/** What differs between a file of both ends, or of one, and that file in a mixture. */
export function compareFiles(
  good: EndFile | undefined,
  bad: EndFile | undefined,
  changes: Change[],
): Mixer<MixedFile> {
  if (good?.content.kind === 'included') return () => wholeFile(good);
  if (good === undefined && bad?.content.kind === 'included') return () => undefined;
  if (good === undefined || bad === undefined) return mixWhole(good, bad, changes);
  const content = mixInside(good, bad, changes) ?? mixWhole(good, bad, changes);
  return mixMode(good, bad, changes, content);
}

/** As git has it. */
const modeOf = ({ executable }: EndFile): string => (executable ? '100755' : '100644');

/** Whether a file may be executed is a change by itself, whatever is in it. */
function mixMode(
  good: EndFile,
  bad: EndFile,
  changes: Change[],
  content: Mixer<MixedFile>,
): Mixer<MixedFile> {
  const [from, to] = [modeOf(good), modeOf(bad)];
  const differs =
    from !== to &&
    note(
      { changes },
      {
        ...{ kind: 'mode changed', what: good.name, from, to },
        ...{ good: { file: good.file }, bad: { file: bad.file } },
        hunk: [`--- ${good.file}`, `+++ ${bad.file}`, `old mode ${from}`, `new mode ${to}`],
      },
    );
  return (has) => {
    const file = content(has);
    const { executable } = differs !== false && differs(has) ? bad : good;
    return file && { ...file, executable };
  };
}
