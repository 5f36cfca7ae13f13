// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { difference, readSource } from '../../../lib/dt/index.ts';
import { describeChange, hunkOf } from '../../../lib/bisect/format.ts';
import { lineEndBehind, statementAt } from '../../../lib/bisect/statement.ts';
import { compareTrees } from '../../../lib/bisect/tree-changes.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';

const at = (line: number, column: number): Parameters<typeof statementAt>[1] => ({
  file: 'host.dts',
  line,
  column,
  length: 1,
});

test('a statement ends at its semicolon, not at one in a string, a comment or a node', () => {
  const text = 'a {\n  b = "x;", /* ; */ <1>, // ;\n    <2>;\n};\nc;\n';

  expect(statementAt(text, at(2, 3))).toEqual({
    first: 2,
    lines: ['  b = "x;", /* ; */ <1>, // ;', '    <2>;'],
  });
  expect(statementAt(text, at(1, 1)).lines).toHaveLength(4);
  expect(statementAt(text, at(5, 1)).lines).toEqual(['c;']);
});

test('what has no end goes to the end of the file', () => {
  expect(statementAt('a = <1>', at(1, 1)).lines).toEqual(['a = <1>']);
});

const texts: Record<string, string> = {
  'good/host.dts': '/dts-v1/;\n/ {\n  a = <1>;\n  gone;\n  n {\n    x;\n  };\n};\n',
  'bad/host.dts': '/dts-v1/;\n/ {\n  a = <2>,\n      <3>;\n  come;\n  n {\n    x;\n  };\n};\n',
};
const tree = (file: string): PlacedTree => PlacedTree.fromSource({ file, text: texts[file] ?? '' });

test('a change is told as a hunk of the user’s own files', () => {
  const { changes } = compareTrees(tree('good/host.dts'), tree('bad/host.dts'));
  const hunks = changes.map((change) =>
    hunkOf(change, (file) => texts[file], { good: 'good/host.dts', bad: 'bad/host.dts' }),
  );

  expect(hunks).toEqual([
    [
      ...['--- good/host.dts', '+++ bad/host.dts', '@@ -3 +3,2 @@'],
      ...['-  a = <1>;', '+  a = <2>,', '+      <3>;'],
    ],
    ['--- good/host.dts', '+++ bad/host.dts', '@@ -3,0 +5 @@', '+  come;'],
    ['--- good/host.dts', '+++ bad/host.dts', '@@ -4 +3,0 @@', '-  gone;'],
  ]);
  expect(changes.map(describeChange)[0]).toBe(
    'property changed: /: a\n  good/host.dts:3:3 -> bad/host.dts:3:3',
  );
});

/** Two trees that differ above what is added too. */
const before = `/dts-v1/;
/ {
  model = "x"; // a board; of ours {
  chosen {
    radar {
      cpus = <1>; /* one */
      shm { id = "a"; };
    };
    fusion {
    };
  };
};
`;
const after = `/dts-v1/;

/* More
 * words. */

/ {
  model = "x";
  chosen {
    radar {
      cpus = <1>;
      memory = <2>;
      shm { id = "a"; };
      log {
        id = "b";
      };
    };
    fusion {
      cpus = <3>;
    };
    third { };
  };
};
`;

test('what is added is a diff of the first file: patch(1) puts it where it belongs', ({}, {
  outputDir,
}) => {
  const both: Record<string, string> = { 'good.dts': before, 'bad.dts': after };
  const [good, bad] = ['good.dts', 'bad.dts'].map((file) =>
    PlacedTree.fromSource({ file, text: both[file] ?? '' }),
  );
  if (good === undefined || bad === undefined) throw new Error('no trees');
  const { changes, mix } = compareTrees(good, bad);
  mkdirSync(outputDir, { recursive: true });
  const [file, diff] = [join(outputDir, 'file'), join(outputDir, 'diff')];

  expect(changes).toHaveLength(4);
  for (const [index, change] of changes.entries()) {
    const hunk = hunkOf(change, (name) => both[name], { good: 'good.dts', bad: 'bad.dts' });
    writeFileSync(file, before);
    writeFileSync(diff, `${hunk.join('\n')}\n`);
    execFileSync('patch', ['--silent', '--fuzz=0', file, diff]);
    const { tree: patched } = readSource({ file, text: readFileSync(file, 'utf8') });
    expect(
      difference(
        patched,
        mix((one) => one === index),
      ),
    ).toEqual([]);
  }
});

test('on a line with more behind it nothing is put', () => {
  const where = { file: 'a', place: at(1, 5) };

  expect(lineEndBehind('/ { a; b; };\n', { where, of: 'statement' })).toBeUndefined();
  expect(lineEndBehind('/ { a; // b;\n};\n', { where, of: 'statement' })).toEqual({
    file: 'host.dts',
    line: 1,
  });
});
