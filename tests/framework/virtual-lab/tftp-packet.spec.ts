// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { opcodeOf, requestFor } from '../../../lib/virtual-lab/tftp-packet.ts';

const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 });

test('a request for another file keeps its mode and options', () => {
  fc.assert(
    fc.property(name, name, (asked, served) => {
      const options = '\0octet\0blksize\x001468\0';
      const request = Buffer.from(`\0\x01${asked}${options}`, 'latin1');
      const other = Buffer.from(requestFor(served, request)).toString('latin1');
      expect(other).toBe(`\0\x01${served}${options}`);
    }),
  );
});

test('what is no request to read stays as it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (packet) => {
      fc.pre(opcodeOf(packet) !== 1);
      expect(requestFor('other', packet)).toBe(packet);
    }),
  );
});
