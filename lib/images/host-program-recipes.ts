// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import { lockedImageOf } from './lock-file.ts';
import { hostLockName, imageNames } from './names.ts';
import { type Catalogue, revision, unpackTools } from './recipes.ts';
import type { Recipe } from './store.ts';

/** Programs of the host that Debian has, by the names of their images. */
const programs = [imageNames.tftpd, imageNames.ser2net] as const;

function recipeOf({ manifest, lock, host }: Catalogue, image: (typeof programs)[number]): Recipe {
  const { program, version, licence, without, hosts, architectures, ...data } =
    manifest.hostPrograms[image];
  const known = hosts.find(({ codename }) => codename === host.codename);
  if (known === undefined || !architectures.some((each) => each === host.architecture)) {
    throw new EnvironmentError({
      who: image,
      what: `Crosspage brings one only for ${hosts.map(({ codename }) => codename).join(' and ')} of Debian on ${architectures.join(' and ')}; this is ${host.codename ?? 'not Debian'} on ${host.architecture}`,
      remedy: without,
    });
  }
  const locked = lockedImageOf(lock, hostLockName(image, known.codename, host.architecture));
  return {
    name: image,
    kind: image,
    source: `Debian ${locked.suite}'s ${data.package} ${locked.version}, unpacked`,
    licence,
    inputs: [revision.hostProgram, locked.files, { program, version }],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackProgram } = await import('./unpack-images.ts');
      return unpackProgram(workshop, locked, { name: image, program, version });
    },
  };
}

/** How each is made, by name. */
export function hostProgramRecipes(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  return new Map(programs.map((image) => [image, () => recipeOf(catalogue, image)]));
}
