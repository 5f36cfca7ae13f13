// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { MisuseError } from '../support/errors.ts';
import type { ToolstackOrder } from './build-toolstack.ts';
import { lockedImageOf, type LockedVersion } from './lock-file.ts';
import { crossPrefix, versionLine } from './machine.ts';
import type { SourcedFlavour, ToolstackData } from './manifest.ts';
import { imageNames } from './names.ts';
import { type Catalogue, hashOf, madeVersion, revision, sourcedXen, xenOf } from './recipes.ts';
import type { Recipe } from './store.ts';
import { upstreamVersionOf } from './version.ts';

const compiler = `${crossPrefix}gcc`;

const tools = [
  ...[compiler, `${crossPrefix}ld`, `${crossPrefix}ar`, `${crossPrefix}strip`, 'gcc', 'make'],
  ...['flex', 'bison', 'python3', 'perl', 'iasl', 'pkg-config', 'patch', 'tar', 'xz', 'dpkg-deb'],
];

/** The flavour that a toolstack is for. @throws MisuseError when it is not built from source. */
export function hypervisorOf(
  catalogue: Catalogue,
  name: string,
  data: ToolstackData,
): SourcedFlavour {
  const hypervisor = catalogue.manifest.hypervisors[data.hypervisor];
  if (hypervisor?.from === 'source') return hypervisor;
  throw new MisuseError({
    who: imageNames.toolstack(name),
    what: `its hypervisor "${data.hypervisor}" is no flavour that is built from source`,
    remedy: 'correct images/manifest.json',
  });
}

/** What is built of one version of the source. */
export function toolstackOrder(
  catalogue: Catalogue,
  name: string,
  hypervisor: SourcedFlavour,
  locked: LockedVersion,
): ToolstackOrder {
  const { files: packages } = lockedImageOf(catalogue.lock, imageNames.toolstack(name));
  const patches = hypervisor.patches.map((one) => join(catalogue.places.root, 'images/xen', one));
  return {
    flavour: name,
    locked,
    version: upstreamVersionOf(locked.version),
    patches,
    packages,
  };
}

/** The recipe that makes a toolstack of one version of the source. */
export function toolstackOf(
  catalogue: Catalogue,
  name: string,
  hypervisor: SourcedFlavour,
  locked: LockedVersion,
): Recipe {
  const image = imageNames.toolstack(name);
  const order = toolstackOrder(catalogue, name, hypervisor, locked);
  const { packages, patches } = order;
  return {
    name: image,
    kind: 'toolstack',
    source: `built from Debian ${locked.suite}'s source ${locked.version}`,
    licence: catalogue.manifest.toolstacks[name]?.licence ?? '',
    inputs: [
      revision.toolstack,
      locked.files,
      packages,
      patches.map(hashOf),
      versionLine(compiler),
    ],
    downloads: [...locked.files, ...packages],
    tools,
    make: async (workshop) => {
      const { buildToolstack } = await import('./build-toolstack.ts');
      return buildToolstack(workshop, order);
    },
  };
}

/**
 * How each toolstack is made, by the name of its image: of that version of the source that its
 * hypervisor was made of, as the two speak an interface that changes between versions.
 */
export function toolstackRecipes(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  const all = Object.entries(catalogue.manifest.toolstacks);
  return new Map(
    all.map(([name, data]): [string, () => Recipe] => [
      imageNames.toolstack(name),
      () => {
        const hypervisor = hypervisorOf(catalogue, name, data);
        const chain = sourcedXen(catalogue, data.hypervisor, (locked) =>
          toolstackOf(catalogue, name, hypervisor, locked),
        );
        const base = sourcedXen(catalogue, data.hypervisor, (locked) =>
          xenOf(catalogue, data.hypervisor, hypervisor, locked),
        );
        return madeVersion(catalogue, base, chain);
      },
    ]),
  );
}
