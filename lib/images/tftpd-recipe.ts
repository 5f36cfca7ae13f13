// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import { lockedImageOf } from './lock-file.ts';
import { hostLockName, imageNames } from './names.ts';
import { type Catalogue, revision, unpackTools } from './recipes.ts';
import type { Recipe } from './store.ts';

/** How the TFTP server is made. */
export function tftpdRecipe({ manifest, lock, host }: Catalogue): Recipe {
  const { program, licence, hosts, architectures, package: name } = manifest.tftpd;
  const known = hosts.find(({ codename }) => codename === host.codename);
  if (known === undefined || !architectures.some((each) => each === host.architecture)) {
    throw new EnvironmentError({
      who: 'TFTP server',
      what: `Crosspage brings one only for ${hosts.map(({ codename }) => codename).join(' and ')} of Debian on ${architectures.join(' and ')}; this is ${host.codename ?? 'not Debian'} on ${host.architecture}`,
      remedy: 'use a server that the lab has: give `tftp.directory` in the lab file',
    });
  }
  const locked = lockedImageOf(
    lock,
    hostLockName(imageNames.tftpd, known.codename, host.architecture),
  );
  return {
    name: imageNames.tftpd,
    kind: 'tftpd',
    source: `Debian ${locked.suite}'s ${name} ${locked.version}, unpacked`,
    licence,
    inputs: [revision.tftpd, locked.files, { program }],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackProgram } = await import('./unpack-images.ts');
      return unpackProgram(workshop, locked, { name: imageNames.tftpd, program });
    },
  };
}
