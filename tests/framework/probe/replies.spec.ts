// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { ReplyParts } from '../../../lib/probe/console-link.ts';
import { parseReply } from '../../../lib/probe/replies.ts';

test('an abort tells class, guest address without the alias, and how far it came', () => {
  const reply = parseReply('abort esr=0x96000005 far=0x100050001008 elr=0x40002000 offset=0x8');

  expect(reply).toEqual({
    status: 'abort',
    abort: { esr: 0x9600_0005n, ec: 0x25, far: 0x5000_1008n, elr: 0x4000_2000n, done: 8 },
  });
});

test('what is no reply is bad, and is quoted', () => {
  expect(parseReply('bad unknown word "chekc"')).toEqual({
    status: 'bad',
    reason: 'unknown word "chekc"',
  });
  expect(parseReply('')).toEqual({ status: 'bad', reason: 'no reply: ""' });
});

test('parts of a reply may come in any order, twice, and among others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '='), maxLength: 9 }), {
        minLength: 1,
        maxLength: 20,
      }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (texts, extra) => {
        const total = texts.length.toString(16);
        const payloads = texts.map((text, i) => `0007/${(i + 1).toString(16)}/${total} ${text}`);
        const order = [...extra.map((pick) => pick % texts.length), ...payloads.keys()].reverse();
        const parts = new ReplyParts();
        parts.take('0008/1/1 another');
        for (const index of order) parts.take(payloads[index] ?? '');
        expect(parts.whole(7)).toBe(texts.join(''));
      },
    ),
  );
});

test('a reply that lacks a part is not whole', () => {
  const parts = new ReplyParts();
  parts.take('0007/1/2 ok ');

  expect(parts.whole(7)).toBeUndefined();
  expect(parts.whole(6)).toBeUndefined();
});
