// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto';
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';

const variable = 'CROSSPAGE_SEED';

/**
 * The seed of this run's patterns, 1 to 32 bits: CROSSPAGE_SEED, or else chosen by the first
 * process that asks, and handed to Playwright's workers by the environment.
 * @throws MisuseError when CROSSPAGE_SEED is no such number.
 */
export function runSeed(): number {
  const text = (process.env[variable] ??= hex(randomInt(1, 2 ** 32)));
  const seed = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (seed < 2 ** 32) return seed;
  throw new MisuseError({
    who: variable,
    what: `is "${text}"`,
    remedy: 'set it to a whole number below 2^32, decimal or with 0x',
  });
}
