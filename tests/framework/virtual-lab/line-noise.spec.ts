// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { type LineNoise, randomOf, spoil } from '../../../lib/virtual-lab/line-noise.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const rate = fc.double({ min: 0, max: 1, noNaN: true });
const noise = fc.record({ drop: rate, double: rate, flip: rate });
const cuts = fc.array(fc.nat(200), { maxLength: 8 });

function cut(whole: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.filter((place) => place < whole.length), whole.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
}

const all = (whole: Uint8Array, how: LineNoise): number[] => [...spoil(whole, how, randomOf(7))];

test('a line without noise carries every byte', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      expect(all(sent, {})).toEqual([...sent]);
    }),
  );
});

test('a line that drops all carries nothing', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      expect(all(sent, { drop: 1, double: 1, flip: 1 })).toEqual([]);
    }),
  );
});

test('a line that doubles all carries each byte twice in a row', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      expect(all(sent, { double: 1 })).toEqual([...sent].flatMap((byte) => [byte, byte]));
    }),
  );
});

test('a line that flips all inverts one bit of each byte', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      const changes = all(sent, { flip: 1 }).map((byte, index) => byte ^ (sent[index] ?? 0));
      expect(changes).toHaveLength(sent.length);
      for (const change of changes) expect(change & (change - 1)).toBe(0);
      for (const change of changes) expect(change).not.toBe(0);
    }),
  );
});

test('the same seed spoils the same bytes, however the stream is cut', () => {
  fc.assert(
    fc.property(bytes, noise, fc.integer(), cuts, (sent, how, seed, at) => {
      const whole = spoil(sent, how, randomOf(seed));
      const random = randomOf(seed);
      const parts = cut(sent, at).map((part) => spoil(part, how, random));
      expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
    }),
  );
});

test('about as many bytes are dropped as the rate says', () => {
  const sent = new Uint8Array(100_000);

  const lost = sent.length - spoil(sent, { drop: 0.1 }, randomOf(1)).length;

  // Six standard deviations of a binomial distribution are 570.
  expect(lost).toBeGreaterThan(9_400);
  expect(lost).toBeLessThan(10_600);
});
