// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { TextWatch } from '../../../lib/virtual-lab/text-watch.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 });
const needle = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });

test('a text is found at its last byte, wherever the stream is cut', () => {
  fc.assert(
    fc.property(letters, needle, fc.nat(30), fc.nat(30), (stream, text, first, second) => {
      const [a, b] = [Math.min(first, second), Math.max(first, second)];
      const pieces = [stream.slice(0, a), stream.slice(a, b), stream.slice(b)];
      const watch = new TextWatch(text);
      let before = 0;
      let found: number | undefined;
      for (const piece of pieces) {
        const end = watch.feed(Buffer.from(piece, 'latin1'));
        if (end !== undefined) {
          found = before + end;
          break;
        }
        before += piece.length;
      }
      const at = stream.indexOf(text);
      expect(found).toBe(at < 0 ? undefined : at + text.length);
    }),
  );
});

test('after a text was found, the bytes behind it may begin the next one', () => {
  const watch = new TextWatch('aa');
  expect(watch.feed(Buffer.from('aaa'))).toBe(2);
  expect(watch.feed(Buffer.from('a'))).toBeUndefined();
  expect(watch.feed(Buffer.from('a'))).toBe(1);
});
