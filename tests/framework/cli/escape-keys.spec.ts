// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { EscapeReader, type Typed } from '../../../lib/cli/escape-keys.ts';

/** Commands in brackets, between the bytes that are sent. */
const told = (pieces: readonly Typed[]): string =>
  pieces
    .map((piece) =>
      'key' in piece ? `<${piece.key}>` : Buffer.from(piece.bytes).toString('latin1'),
    )
    .join('');

for (const [typed, expected] of [
  ['boot\r', 'boot\r'],
  ['\x03', '\x03'],
  ['\x1dq', '<q>'],
  ['a\x1d1b\x1d0c', 'a<1>b<0>c'],
  ['a\x1d\x1db', 'a\x1db'],
  ['a\x1dxb', 'ab'],
] as const)
  test(`${JSON.stringify(typed)} typed is ${JSON.stringify(expected)}`, () => {
    expect(told(new EscapeReader().feed(Buffer.from(typed, 'latin1')))).toBe(expected);
  });

test('it does not matter in which pieces it is typed', () => {
  const byte = fc.constantFrom(...Buffer.from('ab\x1dq10c?x', 'latin1'));
  fc.assert(
    fc.property(fc.array(fc.array(byte)), (pieces) => {
      const [whole, split] = [new EscapeReader(), new EscapeReader()];
      const parts = pieces.map((piece) => told(split.feed(Uint8Array.from(piece)))).join('');
      expect(parts).toBe(told(whole.feed(Uint8Array.from(pieces.flat()))));
    }),
  );
});
