// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import type { LockedFile, LockedImage } from './lock-file.ts';
import type { QemuHost } from './manifest.ts';
import type { Stanza } from './private-apt.ts';
import type { Resolver } from './resolver.ts';

/** A field that a paragraph of the index must have. */
export function field(stanza: Stanza, key: string): string {
  const value = stanza.get(key);
  if (value !== undefined) return value;
  throw new EnvironmentError({
    who: stanza.get('Package') ?? 'Debian index',
    what: `the index's paragraph has no field ${key}`,
  });
}

/** What the lock keeps of a package. */
export function lockedPackage(stanza: Stanza, suite: string, licence: string): LockedFile {
  return {
    package: field(stanza, 'Package'),
    version: field(stanza, 'Version'),
    suite,
    architecture: field(stanza, 'Architecture'),
    pool: field(stanza, 'Filename'),
    size: Number(field(stanza, 'Size')),
    sha256: field(stanza, 'SHA256'),
    licence,
  };
}

/** The field is there only where the source has another name (deb-src-control(5)). */
const sourceOf = (stanza: Stanza): string | undefined =>
  stanza.get('Source')?.split(' ')[0] ?? stanza.get('Package');

/**
 * Libraries come along; what every Debian has (dpkg's and apt's own needs) does not, and the C
 * library must not: the program's loader is the system's, and the two belong together.
 */
function isOurs(stanza: Stanza, program: string): boolean {
  const name = field(stanza, 'Package');
  if (sourceOf(stanza) === program) return true;
  const shared =
    /^(libc6|libgcc-s1|libstdc\+\+6|libcrypt1|libpam.*|libsemanage.*|libdb5.*|libaudit.*)$/;
  const basic = ['required', 'important'].includes(stanza.get('Priority') ?? '');
  return name.startsWith('lib') && !shared.test(name) && !basic;
}

/** A program of the host, as the manifest names it. */
export interface HostProgram {
  readonly package: string;
  readonly source: string;
  readonly licence: string;
}

/** A program for the machine that Crosspage runs on, and the libraries that it needs. */
export async function resolveProgram(
  resolver: Resolver,
  wanted: HostProgram,
  host: QemuHost,
  architecture: string,
): Promise<LockedImage> {
  const suite = host.programSuite ?? host.suites[0] ?? '';
  const prefer = { source: wanted.source, suite };
  const apt = await resolver.apt({ type: 'deb', suites: host.suites, architecture, prefer });
  const stanzas = await apt.show(await apt.closure(wanted.package));
  const files = stanzas
    .filter((stanza) => isOurs(stanza, wanted.source))
    .map((stanza) => {
      const own = sourceOf(stanza) === wanted.source;
      const name = field(stanza, 'Package');
      return own
        ? lockedPackage(stanza, suite, wanted.licence)
        : lockedPackage(stanza, host.suites[0] ?? '', `see usr/share/doc/${name}/copyright`);
    })
    .sort((a, b) => (a.package < b.package ? -1 : 1));
  const program = files.find((file) => file.package === wanted.package);
  return { suite, version: program?.version ?? '', files };
}
