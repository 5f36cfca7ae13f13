// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root directory. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Where the data about images is, and where images are built. */
export interface Places {
  readonly root: string;
  readonly manifest: string;
  readonly lock: string;
  /** Everything under it can be made again. CROSSPAGE_IMAGES names another directory. */
  readonly build: string;
}

/** The places that this process uses. */
export function placesOf(env: NodeJS.ProcessEnv = process.env): Places {
  const build = env['CROSSPAGE_IMAGES'];
  return {
    root: projectRoot,
    manifest: join(projectRoot, 'images/manifest.json'),
    lock: join(projectRoot, 'images/lock.json'),
    build: build === undefined ? join(projectRoot, 'images/build') : resolve(build),
  };
}

/** What most remedies of this folder say. */
export const buildCommand = 'run: npx crosspage images build';
