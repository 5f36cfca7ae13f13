// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../images/places.ts';

/**
 * What tries configurations, by its sources: what an earlier one of another kind has seen is asked for
 * again, for it may have been wrong.
 * @param directory whose TypeScript counts, all below it. Default: this project's.
 */
export function harnessHash(directory = join(projectRoot, 'lib')): string {
  const hash = createHash('sha256');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted();
  for (const name of files) hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
  return hash.digest('hex').slice(0, 12);
}
