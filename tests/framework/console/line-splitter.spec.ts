// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { LineSplitter } from '../../../lib/console/line-splitter.ts';

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

function lines(chunks: readonly Buffer[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), splitter.partial];
}

const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    '\u001b[31m',
    '\u001b[?2004h',
    '\u001b]0;title\u0007',
    '\u001b',
  ),
  fc.constantFrom('(XEN) DOM1: ', '@xp 7f3a91c2 0001 ready *9a41b0cc'),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
);

test('every split of a stream gives the same lines', () => {
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => Buffer.from(parts.join(''), 'latin1')),
      fc.array(fc.nat(400)),
      (bytes, cuts) => {
        const within = cuts.map((cut) => cut % (bytes.length + 1));
        expect(lines(splitAt(bytes, within))).toEqual(lines([bytes]));
      },
    ),
  );
});

test('escape sequences and carriage returns are not part of a line', () => {
  const text = '\u001b[2J(XEN) \u001b]0;x\u001b\\one\r\n\u001b[1;31mtwo\u001b[0m\n';

  expect(lines([Buffer.from(text)])).toEqual(['(XEN) one', 'two', '']);
});

test('a torn escape sequence swallows nothing after the end of its line', () => {
  expect(lines([Buffer.from('a\u001b[12\nPanic on CPU 0:\n')])).toEqual([
    'a',
    'Panic on CPU 0:',
    '',
  ]);
});

test('a line without an end is cut, not kept for ever', () => {
  const splitter = new LineSplitter();

  expect(splitter.push(Buffer.alloc(10_000, 0x61)).map((line) => line.length)).toEqual([
    4096, 4096,
  ]);
  expect(splitter.partial).toHaveLength(10_000 - 2 * 4096);
});

test('a sequence that chooses a character set is not part of a line', () => {
  expect(lines([Buffer.from('\u001b(Bone\u001b#8\n\u001b$(Ctwo')])).toEqual(['one', 'two']);
});

test('a carriage return after a line that is as long as can be makes no line', () => {
  const long = 'a'.repeat(4096);

  expect(lines([Buffer.from(`${long}\r\nnext`)])).toEqual([long, 'next']);
});
