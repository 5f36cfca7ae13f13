// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpackPackage } from '../host/archive.ts';
import { fetchFile } from '../host/download.ts';
import { lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import { openCatalogue } from './catalogue.ts';
import { type HypervisorImage, resolveImages } from './image-set.ts';
import { addressesOf, findMirrors, type Mirrors } from './mirror.ts';
import { ownHypervisor } from './own-xen.ts';
import { parseStanzas, PrivateApt } from './private-apt.ts';
import { qemuName, type QemuProgram } from './qemu-program.ts';
import { atLeast } from './version.ts';

/** A version of a package that can be had. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** `bookworm`, or the path of a local file. */
  readonly from: string;
  /** Puts it at that path. */
  readonly fetch: (file: string) => Promise<string>;
}

/** `xen-hypervisor` is every package of a version of it, but not what they have in common. */
const isWanted = (name: string, wanted: string): boolean =>
  name === wanted ||
  (wanted === 'xen-hypervisor' && /^xen-hypervisor-\d[\d.]*-[a-z0-9]+$/.test(name));

/**
 * The `.deb` files of a directory that are of a package.
 * @throws MisuseError for a directory that is not there, or a file that is no package.
 */
export async function localPackages(directory: string, wanted: string): Promise<DebianPackage[]> {
  if (!existsSync(directory))
    throw new MisuseError({ who: `--debs ${directory}`, what: 'there is no such directory' });
  const found: DebianPackage[] = [];
  for (const entry of readdirSync(directory).filter((one) => one.endsWith('.deb'))) {
    const file = join(directory, entry);
    const { code, stdout, stderr } = await tryTool('dpkg-deb', ['--field', file]);
    if (code !== 0)
      throw new MisuseError({
        who: file,
        what: 'is no Debian package, or is not whole',
        lastSeen: stderr.trim(),
        remedy: 'fetch it anew, or move it away',
      });
    const [fields] = parseStanzas(stdout);
    const name = fields?.get('Package') ?? '';
    if (!isWanted(name, wanted)) continue;
    found.push({
      name,
      version: fields?.get('Version') ?? '',
      architecture: fields?.get('Architecture') ?? '',
      sha256: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
      from: file,
      fetch: () => Promise.resolve(file),
    });
  }
  return found;
}

async function suitePackages(
  apt: PrivateApt,
  suite: string,
  wanted: string,
  mirrors: Mirrors,
): Promise<DebianPackage[]> {
  const names = (await apt.names(wanted)).filter((name) => isWanted(name, wanted));
  const stanzas = names.length === 0 ? [] : await apt.showAll(names);
  return stanzas.map((stanza) => {
    const pool = stanza.get('Filename') ?? '';
    const size = Number(stanza.get('Size'));
    const sha256 = stanza.get('SHA256') ?? '';
    return {
      name: stanza.get('Package') ?? '',
      version: stanza.get('Version') ?? '',
      architecture: stanza.get('Architecture') ?? '',
      sha256,
      from: suite,
      fetch: async (file) => {
        await fetchFile({ urls: addressesOf(pool, mirrors), file, size, sha256 });
        return file;
      },
    };
  });
}

/** What a mirror has of a package, and the suites that it could not be asked for. */
export async function mirrorPackages(
  wanted: string,
  architecture: string,
  suites: readonly string[],
  directory: string,
): Promise<{ readonly packages: readonly DebianPackage[]; readonly notes: readonly string[] }> {
  const mirrors = await findMirrors();
  const packages: DebianPackage[] = [];
  const notes: string[] = [];
  for (const suite of suites) {
    const apt = new PrivateApt({
      directory: join(directory, `${suite}-${architecture}`),
      mirror: mirrors.mirror,
      type: 'deb',
      suites: [suite],
      architecture,
    });
    try {
      await apt.update();
      packages.push(...(await suitePackages(apt, suite, wanted, mirrors)));
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      notes.push(`suite ${suite} could not be asked: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  return { packages, notes };
}

/** @throws MisuseError for a package that is not whole; EnvironmentError for all else, as a full disk. */
async function unpackWhole(
  { name, version, from }: DebianPackage,
  file: string,
  directory: string,
): Promise<void> {
  try {
    await unpackPackage(file, directory);
  } catch (error) {
    const { code, stderr } = await tryTool('dpkg-deb', ['--contents', file]);
    if (code === 0) throw error;
    throw new MisuseError(
      { who: `${name} ${version}`, what: 'is not whole', lastSeen: stderr.trim(), where: from },
      { cause: error },
    );
  }
}

/** Unpacks packages into one directory, unless they are; whole or not at all. */
async function unpacked(packages: readonly DebianPackage[], directory: string): Promise<string> {
  const root = join(directory, 'root');
  if (existsSync(root)) return root;
  const partial = `${root}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(partial), { recursive: true });
  for (const one of packages) {
    const file = await one.fetch(join(directory, `${one.name}.deb`));
    await unpackWhole(one, file, partial);
    if (file.startsWith(directory)) await rm(file);
  }
  await rename(partial, root);
  return root;
}

/**
 * The hypervisor in a package xen-hypervisor-*.
 * @throws MisuseError for a package without one for arm64.
 */
export async function hypervisorOfPackage(
  one: DebianPackage,
  directory: string,
): Promise<HypervisorImage> {
  const root = await unpacked([one], directory);
  const names = await readdir(join(root, 'boot')).catch(() => []);
  const image = names.find((name) => /^xen-[^/]*$/.test(name) && !name.endsWith('.config'));
  if (image === undefined)
    throw new MisuseError({
      who: `${one.name} ${one.version}`,
      what: 'has no hypervisor: no file boot/xen-*',
      where: one.from,
      remedy: 'name the package of arm64: xen-hypervisor-VERSION-arm64',
    });
  const own = ownHypervisor(join(root, 'boot', image), `${one.name} ${one.version}`);
  return { ...own, flavour: `debian-${one.sha256.slice(0, 12)}` };
}

/**
 * QEMU out of its package and what belongs to it of the same version; the libraries besides are those
 * of the QEMU that tests run.
 * @throws MisuseError for one that is too old for tests, or does not start.
 */
export async function qemuOfPackages(
  packages: readonly DebianPackage[],
  directory: string,
): Promise<QemuProgram> {
  const root = await unpacked(packages, directory);
  const path = join(root, 'usr/bin', qemuName);
  const { least } = openCatalogue().manifest.qemu;
  const who = `${packages[0]?.name ?? ''} ${packages[0]?.version ?? ''}`;
  const prepared = resolveImages().qemu();
  const own = ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'usr/lib'];
  const libraries = [
    ...own.map((each) => join(root, each)).filter((each) => existsSync(each)),
    prepared.env['LD_LIBRARY_PATH'] ?? '',
  ].filter((each) => each !== '');
  const env = { LD_LIBRARY_PATH: libraries.join(':') };
  const { code, stdout: banner, stderr } = await tryTool(path, ['--version'], { env });
  if (code !== 0)
    throw new MisuseError({
      who,
      what: `is a QEMU that does not start: exit code ${code}`,
      lastSeen: lastLines(stderr, 3),
      remedy: 'put packages of libraries that it needs into the directory of --debs',
    });
  const version = /version (\d+(?:\.\d+)+)/.exec(banner)?.[1] ?? 'unknown';
  if (!atLeast(version, least))
    throw new MisuseError({ who, what: `is QEMU ${version}: tests need ${least} or later` });
  const data = join(root, 'usr/share/qemu');
  const dataDir = existsSync(join(data, 'keymaps')) ? data : prepared.dataDir;
  return { path, env, version, ...(dataDir !== undefined && { dataDir }) };
}
