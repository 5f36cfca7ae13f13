// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolHeader } from '../probe/protocol.ts';
import { EnvironmentError } from '../support/errors.ts';
import { type Lock, lockedImageOf, type LockedVersion } from './lock-file.ts';
import { crossPrefix, type HostMachine, versionLine } from './machine.ts';
import type { Manifest, PackagedFlavour, SourcedFlavour } from './manifest.ts';
import type { XenOrder } from './build-xen.ts';
import type { MutantList } from './mutants.ts';
import { imageNames, hostLockName } from './names.ts';
import type { Places } from './places.ts';
import { type Recipe, recipeChain, stateOf } from './store.ts';
import { upstreamVersionOf } from './version.ts';

/** What decides how images are made. */
export interface Catalogue {
  readonly places: Places;
  readonly manifest: Manifest;
  readonly lock: Lock;
  readonly mutants: MutantList;
  readonly host: HostMachine;
}

/** Raised when a change of the code here or in a build-*.ts changes what comes out. */
export const revision = {
  xen: 1,
  debianXen: 1,
  qemu: 1,
  uBoot: 1,
  hostProgram: 1,
  probe: 1,
  deviceTrees: 1,
  xenTree: 1,
  xenMutant: 1,
  toolstack: 2,
  toolstackTree: 1,
  toolstackMutant: 1,
  linux: 1,
  root: 2,
};

const compiler = `${crossPrefix}gcc`;
/** Programs that take Debian packages apart. */
export const unpackTools = ['dpkg-deb', 'tar', 'xz'];

/** SHA-256 of a file. */
export function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The recipe that `make` gives for each version of a flavour's source, fallbacks chained. */
export function sourcedXen(
  catalogue: Catalogue,
  flavour: string,
  make: (locked: LockedVersion) => Recipe,
): Recipe {
  const { fallbacks = [], ...first } = lockedImageOf(
    catalogue.lock,
    imageNames.hypervisor(flavour),
  );
  const chain = [first, ...fallbacks].map(make);
  return chain.reduceRight((fallback, recipe) => ({ ...recipe, fallback }));
}

/**
 * Of `chain` the version that `base` was made of: what is made for a hypervisor must fit it, and
 * where a mirror lacked the first version it need not be asked again.
 */
export function madeVersion(catalogue: Catalogue, base: Recipe, chain: Recipe): Recipe {
  const { recipe } = stateOf(catalogue.places, base);
  return recipeChain(chain)[recipeChain(base).indexOf(recipe)] ?? chain;
}

/** What is built of one version of a flavour's source. */
export function xenOrder(
  catalogue: Catalogue,
  flavour: string,
  { defconfig, options, patches }: SourcedFlavour,
  locked: LockedVersion,
): XenOrder {
  return {
    flavour,
    locked,
    version: upstreamVersionOf(locked.version),
    defconfig,
    options,
    patches: patches.map((patch) => join(catalogue.places.root, 'images/xen', patch)),
  };
}

/** The recipe that makes a hypervisor of one version of its source. */
export function xenOf(
  catalogue: Catalogue,
  flavour: string,
  data: SourcedFlavour,
  locked: LockedVersion,
): Recipe {
  const order = xenOrder(catalogue, flavour, data, locked);
  const { defconfig, options, patches } = order;
  return {
    name: imageNames.hypervisor(flavour),
    kind: 'xen',
    source: `built from Debian ${locked.suite}'s source ${locked.version}`,
    licence: data.licence,
    inputs: [
      revision.xen,
      locked.files,
      { defconfig, options, patches: patches.map(hashOf) },
      versionLine(compiler),
    ],
    downloads: locked.files,
    tools: [
      compiler,
      `${crossPrefix}ld`,
      'gcc',
      'make',
      'flex',
      'bison',
      'bc',
      'python3',
      'patch',
      'tar',
      'xz',
    ],
    make: async (workshop) => {
      const { buildXen } = await import('./build-xen.ts');
      return buildXen(workshop, order);
    },
  };
}

function packagedXen(catalogue: Catalogue, flavour: string, data: PackagedFlavour): Recipe {
  const name = imageNames.hypervisor(flavour);
  const locked = lockedImageOf(catalogue.lock, name);
  const { image, config } = data;
  return {
    name,
    kind: 'xen',
    source: `Debian ${locked.suite}'s ${data.package} ${locked.version}`,
    licence: data.licence,
    inputs: [revision.debianXen, locked.files, { image, config }],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackXen } = await import('./unpack-images.ts');
      return unpackXen(workshop, locked, { image, config });
    },
  };
}

/** The recipe of a probe; `define` is a macro that seeds a fault. */
export function probe(catalogue: Catalogue, name: string, define?: string): Recipe {
  const { directory, licence } = catalogue.manifest.probes[name] ?? { directory: '', licence: '' };
  const sources = join(catalogue.places.root, directory);
  const header = protocolHeader();
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c|S|h|lds)$|^Makefile$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return {
    name: imageNames.probe(name),
    kind: 'probe',
    source: `built from ${directory}`,
    licence,
    inputs: [
      revision.probe,
      files.map((file) => [file.slice(sources.length), hashOf(file)]),
      header,
      versionLine(compiler),
    ],
    downloads: [],
    tools: [compiler, `${crossPrefix}ld`, `${crossPrefix}objcopy`, 'make'],
    make: async (workshop) => {
      const { buildProbe } = await import('./build-probe.ts');
      return buildProbe(workshop, { name, sources, header, define });
    },
  };
}

function qemu({ manifest, lock, host }: Catalogue): Recipe {
  const { program, data, licence, hosts, architectures } = manifest.qemu;
  const known = hosts.find(({ codename }) => codename === host.codename);
  if (known === undefined || !architectures.some((name) => name === host.architecture)) {
    throw new EnvironmentError({
      who: 'QEMU',
      what: `none on PATH is new enough, and Crosspage brings its own only for ${hosts.map(({ codename }) => codename).join(' and ')} of Debian on ${architectures.join(' and ')}; this is ${host.codename ?? 'not Debian'} on ${host.architecture}`,
      remedy: `install QEMU >= ${manifest.qemu.least} so that qemu-system-aarch64 is on PATH, or set CROSSPAGE_QEMU to its path`,
    });
  }
  const locked = lockedImageOf(
    lock,
    hostLockName(imageNames.qemu, known.codename, host.architecture),
  );
  return {
    name: imageNames.qemu,
    kind: 'qemu',
    source: `Debian ${locked.suite}'s ${manifest.qemu.package} ${locked.version}, unpacked`,
    licence,
    inputs: [revision.qemu, locked.files, { program, data }],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackProgram } = await import('./unpack-images.ts');
      return unpackProgram(workshop, locked, { name: 'qemu', program, data });
    },
  };
}

function deviceTrees({ manifest, lock }: Catalogue): Recipe {
  const { pattern, licence } = manifest.deviceTrees;
  const locked = lockedImageOf(lock, imageNames.deviceTrees);
  return {
    name: imageNames.deviceTrees,
    kind: 'linux-dtbs',
    source: `the device trees of Debian ${locked.suite}'s kernel ${locked.version}`,
    licence,
    inputs: [revision.deviceTrees, locked.files, { pattern }],
    downloads: locked.files,
    tools: unpackTools,
    make: async (workshop) => {
      const { unpackDeviceTrees } = await import('./unpack-images.ts');
      return unpackDeviceTrees(workshop, locked, pattern);
    },
  };
}

/** How each image of the manifest but Linux' own is made, by name; what it is made of is looked up when asked. */
export function recipeTable(catalogue: Catalogue): ReadonlyMap<string, () => Recipe> {
  const { hypervisors, probes } = catalogue.manifest;
  return new Map<string, () => Recipe>([
    [imageNames.qemu, () => qemu(catalogue)],
    ...Object.entries(hypervisors).map(([flavour, data]): [string, () => Recipe] => [
      imageNames.hypervisor(flavour),
      () =>
        data.from === 'source'
          ? sourcedXen(catalogue, flavour, (locked) => xenOf(catalogue, flavour, data, locked))
          : packagedXen(catalogue, flavour, data),
    ]),
    ...Object.keys(probes).map((name): [string, () => Recipe] => [
      imageNames.probe(name),
      () => probe(catalogue, name),
    ]),
    [imageNames.deviceTrees, () => deviceTrees(catalogue)],
  ]);
}
