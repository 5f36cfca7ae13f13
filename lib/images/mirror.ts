// SPDX-License-Identifier: Apache-2.0
import { findTool, tryTool } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';

/** Where Debian's files are fetched from. Without a slash at the end. */
export interface Mirrors {
  readonly mirror: string;
  /** An archive that keeps files that the mirror no longer has. */
  readonly snapshot?: string | undefined;
}

const trim = (url: string): string => url.replace(/\/+$/, '');

/** What apt calls the sites of Debian itself: not of its security archive, not of others. */
function isDebian(line: string): boolean {
  const [site = '', origin = '', codename = ''] = line.split('|');
  const ours = origin === '' ? /\/debian\/?$/.test(site) : origin === 'Debian';
  return ours && !/security/.test(`${site} ${codename}`) && /^https?:/.test(site);
}

async function fromApt(): Promise<string | undefined> {
  if (findTool('apt-get') === undefined) return undefined;
  const format = '$(SITE)|$(ORIGIN)|$(CODENAME)';
  const { stdout } = await tryTool('apt-get', ['indextargets', '--format', format]);
  return stdout.split('\n').find(isDebian)?.split('|')[0];
}

/**
 * The mirror that this machine's apt uses, unless CROSSPAGE_DEBIAN_MIRROR names another;
 * CROSSPAGE_DEBIAN_SNAPSHOT names an archive of superseded files.
 * @throws EnvironmentError when neither names a mirror.
 */
export async function findMirrors(env: NodeJS.ProcessEnv = process.env): Promise<Mirrors> {
  const snapshot = env['CROSSPAGE_DEBIAN_SNAPSHOT'];
  const mirror = env['CROSSPAGE_DEBIAN_MIRROR'] ?? (await fromApt());
  if (mirror === undefined || mirror === '') {
    throw new EnvironmentError({
      who: 'Debian mirror',
      what: "apt's sources on this machine name no HTTP mirror of Debian",
      where: '/etc/apt/sources.list, /etc/apt/sources.list.d/',
      remedy: "set CROSSPAGE_DEBIAN_MIRROR to the address above a mirror's pool/ and dists/",
    });
  }
  return { mirror: trim(mirror), snapshot: snapshot === undefined ? undefined : trim(snapshot) };
}

/** The addresses at which a file of Debian's pool may be had, in the order in which to try them. */
export function addressesOf(pool: string, mirrors: Mirrors): string[] {
  const path = pool.split('/').map(encodeURIComponent).join('/');
  const bases = [mirrors.mirror, mirrors.snapshot].filter((base) => base !== undefined);
  return bases.map((base) => `${base}/${path}`);
}
