// SPDX-License-Identifier: Apache-2.0
import { formatBytes } from '../support/units.ts';
import { Progress } from '../host/progress.ts';
import {
  cleanImages as clean,
  listStates,
  prepareImages,
  updateImageLock,
} from '../images/index.ts';
import { formatTable } from './table.ts';

const heading = ['name', 'version', 'state', 'size', 'sha256', 'licence', 'source'];

/** `images list` */
export function listImages(): void {
  const rows = listStates().map((image) => [
    image.name,
    image.version ?? '-',
    image.state,
    image.size === undefined ? '-' : formatBytes(image.size),
    image.sha256?.slice(0, 12) ?? '-',
    image.licence,
    image.source,
  ]);
  process.stdout.write(formatTable([heading, ...rows]));
}

/** `images build` */
export async function buildImages(names: readonly string[]): Promise<void> {
  await prepareImages(names.length === 0 ? undefined : names);
}

/** `images update` */
export async function updateImages(names: readonly string[]): Promise<void> {
  await updateImageLock(names, new Progress());
}

/** `images clean` */
export async function cleanImages(everything: boolean): Promise<void> {
  for (const path of await clean(everything)) process.stdout.write(`deleted ${path}\n`);
}
