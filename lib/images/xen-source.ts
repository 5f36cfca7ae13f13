// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Progress } from '../host/progress.ts';
import { MisuseError } from '../support/errors.ts';
import { openCatalogue } from './catalogue.ts';
import { requireTools } from './build-tools.ts';
import { downloadable } from './prepare.ts';
import { hashOf, sourcedXen, xenOf, xenOrder } from './recipes.ts';
import { downloadPath, type Recipe, stateOf } from './store.ts';

/** A tree of Xen's sources, and what it is made of. */
export interface XenSource {
  readonly directory: string;
  /** The same for the same content. */
  readonly identity: string;
  /** `built from Debian trixie's source 4.20.3-1`. */
  readonly title: string;
}

/**
 * Unpacks the sources of a flavour below `parent`, with all patches, and fetches them where they
 * are not here. Of several versions it is the one that the flavour was built from, if it was.
 * @throws MisuseError for a flavour that is not built from source; EnvironmentError where the
 * sources cannot be had, or a patch does not fit.
 */
export async function unpackXenSource(flavour: string, parent: string): Promise<XenSource> {
  const catalogue = openCatalogue();
  const { manifest, places } = catalogue;
  const data = manifest.hypervisors[flavour];
  if (data?.from !== 'source')
    throw new MisuseError({
      who: flavour,
      what: 'is not a flavour of hypervisor that is built from source',
      remedy: '`npx crosspage images list` shows them',
    });
  const progress = new Progress();
  const chain = sourcedXen(catalogue, flavour, (locked): Recipe => {
    const order = xenOrder(catalogue, flavour, data, locked);
    return {
      ...xenOf(catalogue, flavour, data, locked),
      make: async (workshop) => {
        const { unpackSource } = await import('./build-xen.ts');
        await unpackSource(workshop, order, join(workshop.directory, 'unpack.log'));
        const { version } = order;
        return { version, sourceVersion: locked.version, main: 'source', extra: {} };
      },
    };
  });
  await requireTools(chain.tools, progress);
  const recipe = await downloadable(places, stateOf(places, chain).recipe, progress);
  await mkdir(parent, { recursive: true });
  await recipe.make({
    places,
    directory: parent,
    download: (file) => downloadPath(places, file),
    progress,
  });
  const patches = data.patches.map((patch) => hashOf(join(places.root, 'images/xen', patch)));
  return {
    directory: join(parent, 'source'),
    identity: JSON.stringify([recipe.downloads.map(({ sha256 }) => sha256), patches]),
    title: recipe.source,
  };
}
