// SPDX-License-Identifier: Apache-2.0
import type { Progress } from '../host/progress.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import type { LockedFile, LockedImage, LockedVersion } from './lock-file.ts';
import { readLockIfAny, writeLock } from './lock-file.ts';
import type { Manifest, RootData, SourceData } from './manifest.ts';
import { readManifest } from './manifest.ts';
import { findMirrors } from './mirror.ts';
import { imageNames, hostLockName } from './names.ts';
import type { Places } from './places.ts';
import type { Stanza } from './private-apt.ts';
import { field, lockedPackage, resolveProgram } from './resolve-program.ts';
import { Resolver } from './resolver.ts';

function lockedSource(stanza: Stanza, suite: string, licence: string): LockedFile[] {
  const rows = field(stanza, 'Checksums-Sha256')
    .split('\n')
    .filter((row) => row.trim() !== '');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , name = '']) => /\.(orig|debian)\.tar\.[a-z0-9]+$/.test(name))
    .map(([sha256 = '', size = '', name = '']) => ({
      package: field(stanza, 'Package'),
      version: field(stanza, 'Version'),
      suite,
      architecture: 'source',
      pool: `${field(stanza, 'Directory')}/${name}`,
      size: Number(size),
      sha256,
      licence,
    }));
}

/** The newest version of a source in a suite, or why there is none. */
async function newestSource(
  resolver: Resolver,
  source: string,
  suite: string,
): Promise<Stanza | string> {
  try {
    const apt = await resolver.apt({ type: 'deb-src', suites: [suite], architecture: 'arm64' });
    return (await apt.showSource(source)).at(-1) ?? 'the index does not have it';
  } catch (error) {
    // A mirror need not carry every suite.
    if (error instanceof EnvironmentError) return error.story.lastSeen ?? error.story.what;
    throw error;
  }
}

/** The version of a source that the manifest gives the hashes of. */
function pinnedVersion({ source, licence, pinned }: SourceData): LockedVersion[] {
  if (pinned === undefined) return [];
  const { suite, version, vouchedBy } = pinned;
  const common = { package: source, version, suite, architecture: 'source', licence };
  return [
    { suite, version, vouchedBy, files: pinned.files.map((file) => ({ ...common, ...file })) },
  ];
}

/**
 * All versions of a source that the manifest allows, in its order, down to the first that the
 * mirror has: an index may be ahead of its mirror, or the mirror behind its index.
 */
async function resolveSource(resolver: Resolver, flavour: SourceData): Promise<LockedImage> {
  const unlisted: string[] = [];
  const versions: LockedVersion[] = [];
  for (const suite of flavour.suites) {
    const stanza = await newestSource(resolver, flavour.source, suite);
    if (typeof stanza === 'string') unlisted.push(`${suite}: ${stanza}`);
    else {
      const files = lockedSource(stanza, suite, flavour.licence);
      versions.push({ suite, version: field(stanza, 'Version'), files });
    }
  }
  const tried: LockedVersion[] = [];
  for (const version of [...versions, ...pinnedVersion(flavour)]) {
    const missing = await resolver.missing(version.files);
    tried.push({ ...version, ...(missing !== undefined && { missing }) });
    if (missing !== undefined) continue;
    const [first = version, ...fallbacks] = tried;
    return { ...first, ...(fallbacks.length > 0 && { fallbacks }) };
  }
  throw new EnvironmentError({
    who: flavour.source,
    what: 'the source of no suite in the manifest can be had',
    lastSeen: [
      ...unlisted,
      ...tried.map(({ suite, version, missing }) => `${suite} ${version}: ${missing ?? ''}`),
    ].join('\n'),
    where: 'images/manifest.json',
    remedy: 'set CROSSPAGE_DEBIAN_SNAPSHOT to an archive that keeps old files, or add a suite',
  });
}

function notToBeHad(who: string, why: string): EnvironmentError {
  return new EnvironmentError({
    who,
    what: 'is in the index, but cannot be had',
    lastSeen: why,
    remedy: 'try later, or set CROSSPAGE_DEBIAN_SNAPSHOT to an archive that keeps old files',
  });
}

async function resolvePackage(
  resolver: Resolver,
  wanted: { suite: string; package: string; licence: string; dependency?: RegExp },
): Promise<LockedImage> {
  const { suite, licence } = wanted;
  const apt = await resolver.apt({ type: 'deb', suites: [suite], architecture: 'arm64' });
  const [named] = await apt.show([wanted.package]);
  // linux-image-arm64 holds nothing: it depends on the package of the current version.
  const behind = wanted.dependency?.exec(named?.get('Depends') ?? '')?.[0];
  const [stanza] = behind === undefined ? [named] : await apt.show([behind]);
  if (stanza === undefined) {
    throw new EnvironmentError({ who: wanted.package, what: `is not in the suite ${suite}` });
  }
  const files = [lockedPackage(stanza, suite, licence)];
  const why = await resolver.missing(files);
  if (why !== undefined) throw notToBeHad(wanted.package, why);
  return { suite, version: field(stanza, 'Version'), files };
}

/** The packages of a root file system as they are named: what they depend on is not looked at. */
async function resolveRoot(resolver: Resolver, root: RootData): Promise<LockedImage> {
  const { suite, packages } = root;
  const apt = await resolver.apt({ type: 'deb', suites: [suite], architecture: 'arm64' });
  const stanzas = await apt.show(packages);
  const files = packages.map((name) => {
    const stanza = stanzas.find((candidate) => candidate.get('Package') === name);
    if (stanza === undefined)
      throw new EnvironmentError({ who: name, what: `is not in the suite ${suite}` });
    return lockedPackage(stanza, suite, `see usr/share/doc/${name}/copyright`);
  });
  const why = await resolver.missing(files);
  if (why !== undefined) throw notToBeHad(packages[0] ?? '', why);
  return { suite, version: files[0]?.version ?? '', files };
}

/** Headers of the kernel that the index has now, and of what programs are compiled against. */
async function resolveHeaders(resolver: Resolver, linux: Manifest['linux']): Promise<LockedImage> {
  const { suite, headers } = linux;
  const kernel = await resolvePackage(resolver, { ...linux, dependency: imageOfVersion });
  const image = kernel.files[0]?.package ?? '';
  const own = image.replace('linux-image-', 'linux-headers-');
  // Of all kernels of one version, whatever they are configured for.
  const common = own.replace(/-[^-]+$/, '-common');
  const all = await resolvePackages(resolver, { suite, packages: [own, common, ...headers] });
  return { ...all, version: kernel.version };
}

/** All of `packages` in one suite; the version is that of the first, the C library. */
async function resolvePackages(
  resolver: Resolver,
  { suite, packages }: { suite: string; packages: readonly string[] },
): Promise<LockedImage> {
  const all: LockedFile[] = [];
  for (const name of packages) {
    const wanted = { suite, package: name, licence: `see usr/share/doc/${name}/copyright` };
    all.push(...(await resolvePackage(resolver, wanted)).files);
  }
  return { suite, version: all[0]?.version ?? '', files: all };
}

/** linux-image-arm64 depends on it. */
const imageOfVersion = /linux-image-[0-9][^ ,)]*/;

type Resolve = (resolver: Resolver) => Promise<LockedImage>;

/** For each entry of the lock, how it is resolved. */
function plans(manifest: Manifest): Map<string, Resolve> {
  const all = new Map<string, Resolve>();
  for (const [flavour, hypervisor] of Object.entries(manifest.hypervisors)) {
    all.set(imageNames.hypervisor(flavour), (resolver) =>
      hypervisor.from === 'source'
        ? resolveSource(resolver, hypervisor)
        : resolvePackage(resolver, hypervisor),
    );
  }
  for (const [name, data] of Object.entries(manifest.toolstacks))
    all.set(imageNames.toolstack(name), (resolver) => resolvePackages(resolver, data));
  for (const [name, root] of Object.entries(manifest.roots))
    all.set(imageNames.root(name), (resolver) => resolveRoot(resolver, root));
  const { qemu, deviceTrees, linux, hostPrograms, uBoot } = manifest;
  all.set(imageNames.uBoot, (resolver) => resolveSource(resolver, uBoot));
  for (const [image, program] of [
    [imageNames.qemu, qemu],
    [imageNames.tftpd, hostPrograms.tftpd],
    [imageNames.ser2net, hostPrograms.ser2net],
  ] as const) {
    for (const host of program.hosts)
      for (const architecture of program.architectures)
        all.set(hostLockName(image, host.codename, architecture), (resolver) =>
          resolveProgram(resolver, program, host, architecture),
        );
  }
  for (const [name, wanted] of [
    [imageNames.deviceTrees, deviceTrees],
    [imageNames.linux, linux],
  ] as const)
    all.set(name, (resolver) =>
      resolvePackage(resolver, { ...wanted, dependency: imageOfVersion }),
    );
  all.set(imageNames.linuxHeaders, (resolver) => resolveHeaders(resolver, linux));
  return all;
}

/**
 * Looks up what the manifest names in Debian's signed indexes, and writes what can be had to the
 * lock. `names` are beginnings of the lock's entries; none means all.
 * @throws EnvironmentError when the indexes cannot be had, or an image cannot be had at all.
 */
export async function updateLock(
  places: Places,
  names: readonly string[],
  progress: Progress,
): Promise<void> {
  const manifest = readManifest(places.manifest);
  const lock = readLockIfAny(places.lock);
  const resolver = new Resolver(places, await findMirrors());
  const wanted = [...plans(manifest)].filter(
    ([name]) => names.length === 0 || names.some((start) => name.startsWith(start)),
  );
  if (wanted.length === 0) {
    throw new MisuseError({
      who: names.join(', '),
      what: 'no entry of the lock begins with this name',
      remedy: 'run `npx crosspage images list` to see the names',
    });
  }
  progress.plan(wanted.length);
  const images: Record<string, LockedImage> = names.length === 0 ? {} : { ...lock.images };
  for (const [name, resolve] of wanted) {
    progress.begin(`resolve ${name}`);
    const entry = await resolve(resolver);
    images[name] = entry;
    progress.end(`${entry.version} from ${entry.suite}, ${entry.files.length} files`);
    if (entry.missing !== undefined) progress.say(`    not on this mirror: ${entry.missing}`);
    for (const { suite, version, missing } of entry.fallbacks ?? []) {
      progress.say(
        `    else ${version} from ${suite}${missing === undefined ? '' : `: ${missing}`}`,
      );
    }
  }
  await writeLock(places.lock, { formatVersion: 1, images });
}
