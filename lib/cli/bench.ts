// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import { setUp } from './set-up.ts';

/** Prepares everything, then measures. */
export async function bench(args: readonly string[]): Promise<void> {
  await setUp();
  throw new MisuseError({ who: `bench ${args.join(' ')}`.trim(), what: 'is not there yet' });
}
