// SPDX-License-Identifier: Apache-2.0
// What of a board's console shows that its line changes what is said on it.
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { Transcript } from '../../../lib/console/transcript.ts';
import { findChangedLine } from '../../../lib/physical/changed-line.ts';

const run = '0123abcd';
const xen = ' Xen 4.20\n(XEN) Xen version 4.20.0 (a@b) (gcc) debug=y\n';
const uBoot = 'U-Boot 2026.01 (Jan 01 2026)\nStarting kernel ...\n';

/** The line that is found in what a console said, of which each character is a byte. */
async function found(directory: string, said: string): Promise<string | undefined> {
  mkdirSync(directory, { recursive: true });
  const [raw, lines] = ['raw', 'log'].map((kind) => `${directory}/console.${kind}`);
  const transcript = new Transcript({ raw: raw ?? '', lines: lines ?? '' });
  transcript.append(Buffer.from(said, 'latin1'));
  await transcript.close();
  return findChangedLine(transcript.lines, run)?.text;
}
const asUtf8 = (text: string): string => Buffer.from(text).toString('latin1');

test('stray bytes of a UART that gets power or is set up say nothing about the line', async ({}, {
  outputDir,
}) => {
  const said = `\xff\xfe\xf0\nU-Boot\x80 2026.01\nStarting kernel ...\n\xf8\n${xen}(XEN) well\n`;

  expect(await found(outputDir, said)).toBeUndefined();
});

test('an inverted bit from Xen’s first line on is seen', async ({}, { outputDir }) => {
  for (const odd of [
    '(XEN) w\xe5ll',
    '(XEN) \x7f',
    '(XEN) DOM1: \xc3(',
    '\xe2\x82',
    '\xed\xa0\x80',
  ])
    expect(await found(outputDir, `${uBoot}${xen}${odd}\n`), odd).toBe(odd);
  const first = '(XEN) C\xe8ecking for initrd in /chosen';
  expect(await found(outputDir, `${uBoot}${first}\n${xen}`)).toBe(first);
});

test('where nothing of Xen is understood, all that came after U-Boot is looked at', async ({}, {
  outputDir,
}) => {
  const garbage = '\x8a\xd5\xf1\xff\xe0';
  expect(await found(outputDir, `\xff\n${uBoot}${garbage}\n`)).toBe(garbage);
  expect(await found(outputDir, `\xff\n${uBoot}`)).toBeUndefined();
  expect(await found(outputDir, '\xff\nU-Boot 2026.01\n')).toBeUndefined();
});

test('UTF-8 of a Linux is as it was said, also with Xen’s prefix inside a character', async ({}, {
  outputDir,
}) => {
  const quoted = asUtf8('[    1.2] using “default” – ½ ✓ 😀');
  expect(await found(outputDir, `${xen}${quoted}\n`)).toBeUndefined();
  const torn = quoted.replace('\x9c', '(XEN) \x9c');
  expect(torn).not.toBe(quoted);
  expect(await found(outputDir, `${xen}${torn}\n`)).toBeUndefined();
  const cut = quoted.replace('\x9c', '');
  expect(await found(outputDir, `${xen}${cut}\n`)).toBe(cut);
});

test('a record of this run that came changed is seen, and another’s is not', async ({}, {
  outputDir,
}) => {
  const spoiled = `(XEN) DOM1: ${run} 0001 up`;
  expect(await found(outputDir, `${xen}${spoiled}\n`)).toBe(spoiled);
  expect(await found(outputDir, `${spoiled}\n${xen}`)).toBe(spoiled);
  expect(await found(outputDir, `${xen}(XEN) DOM1: 89abcdef 0001 up\n`)).toBeUndefined();
});
