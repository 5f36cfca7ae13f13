// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { openCatalogue, recipeOf } from './catalogue.ts';
import { mutantFlavour } from './mutants.ts';
import { imageNames } from './names.ts';
import { ownToolstack } from './own-toolstack.ts';
import { ownHypervisor } from './own-xen.ts';
import { buildCommand } from './places.ts';
import { ownQemu, type QemuProgram } from './qemu-program.ts';
import type { Catalogue } from './recipes.ts';
import { type Capabilities, type ImageRecord, stateOf } from './store.ts';
import { type VersionNumber, versionNumberOf } from './version.ts';

/** A hypervisor that can be booted. */
export interface HypervisorImage {
  readonly flavour: string;
  readonly path: string;
  readonly sha256: string;
  /** As in `4.17.5`; `unknown` when the file does not tell. */
  readonly version: string;
  readonly versionNumber: VersionNumber;
  readonly capabilities: Capabilities;
  readonly configPath?: string;
}

/** A toolstack: xl, its libraries and daemons. */
export interface ToolstackImage {
  /** As in images/manifest.json; `own` for CROSSPAGE_TOOLSTACK. */
  readonly name: string;
  /** What a dom0's root file system gets on top. */
  readonly root: string;
  /** Of `xl`. */
  readonly sha256: string;
  readonly version: string;
  /** See toolstack-capabilities.ts. */
  readonly capabilities: Capabilities;
}

/** A file that is booted. */
export interface ImageFile {
  readonly path: string;
  readonly sha256: string;
  /** The same with symbols, for a debugger. */
  readonly elf?: string;
}

/** A program of the host that Crosspage brings. */
export interface HostProgramImage {
  readonly path: string;
  /** Variables that it needs in addition. */
  readonly env: Readonly<Record<string, string>>;
}

/** What has been prepared. Each throws EnvironmentError, saying what to run, if it has not been. */
export interface ImageSet {
  /** Default: CROSSPAGE_XEN's file, else CROSSPAGE_FLAVOUR, else the manifest's default. */
  hypervisor(flavour?: string): HypervisorImage;
  /** CROSSPAGE_TOOLSTACK's directory; else the toolstack `name` of the manifest. */
  toolstack(name: string): ToolstackImage;
  /**
   * The toolstack that goes with a hypervisor, to be laid over a root file system:
   * CROSSPAGE_TOOLSTACK's directory, else the manifest's for that flavour, if there is one. Default:
   * the run's flavour.
   */
  toolstackOf(flavour?: string): ToolstackImage | undefined;
  probe(name: string): ImageFile;
  /** The kernel of Linux domains. */
  linux(): ImageFile;
  /** An initial root file system, by its name in the manifest. */
  root(name: string): ImageFile;
  qemu(): QemuProgram;
  /** The boot loader of the virtual lab's boards, an ELF file. */
  uBoot(): ImageFile;
  /** A TFTP server that needs no privileges: atftpd. */
  tftpd(): HostProgramImage;
  /** A server of serial ports, for the framework's own tests. */
  ser2net(): HostProgramImage;
  /** Directory of the device trees that Linux has, for the framework's own tests. */
  deviceTrees(): string;
}

interface Found {
  readonly directory: string;
  readonly record: ImageRecord;
}

function find(catalogue: Catalogue, name: string, remedy = buildCommand): Found {
  const recipe = recipeOf(catalogue, name);
  const state = recipe === undefined ? undefined : stateOf(catalogue.places, recipe);
  if (state?.record !== undefined) return { directory: state.directory, record: state.record };
  throw new EnvironmentError({
    who: name,
    what: 'this image has not been built, or its sources have changed since',
    where: state?.directory,
    remedy,
  });
}

function flavourOf(catalogue: Catalogue, wanted: string | undefined): string {
  const flavour = wanted ?? process.env['CROSSPAGE_FLAVOUR'] ?? catalogue.manifest.defaultFlavour;
  if (catalogue.manifest.hypervisors[flavour] !== undefined) return flavour;
  const { hypervisors, toolstacks } = catalogue.mutants;
  if ([...hypervisors, ...toolstacks].some(({ name }) => mutantFlavour(name) === flavour))
    return flavour;
  throw new MisuseError({
    who: flavour,
    what: 'is not a flavour of hypervisor',
    lastSeen: `there are: ${Object.keys(catalogue.manifest.hypervisors).join(', ')}`,
    remedy: 'correct the name, or add it to images/manifest.json',
  });
}

const mutantOf = <T extends { readonly name: string }>(
  mutants: readonly T[],
  flavour: string,
): T | undefined => mutants.find(({ name }) => mutantFlavour(name) === flavour);

/** A mutant of a toolstack runs on the hypervisor of its base. */
function hypervisorName({ manifest, mutants }: Catalogue, flavour: string): string {
  const base = mutantOf(mutants.toolstacks, flavour)?.base;
  return (base !== undefined && manifest.toolstacks[base]?.hypervisor) || flavour;
}

function builtHypervisor(catalogue: Catalogue, flavour: string): HypervisorImage {
  const image = imageNames.hypervisor(hypervisorName(catalogue, flavour));
  const { directory, record } = find(catalogue, image);
  const { config } = record.extra;
  return {
    flavour,
    path: join(directory, record.main),
    sha256: record.sha256,
    version: record.version,
    versionNumber: versionNumberOf(record.version),
    capabilities: record.capabilities ?? 'unknown',
    ...(config !== undefined && { configPath: join(directory, config) }),
  };
}

function builtToolstack(catalogue: Catalogue, name: string): ToolstackImage {
  const image = imageNames.toolstack(name);
  const { directory, record } = find(catalogue, image, `${buildCommand} ${image}`);
  const { sha256, version, extra, capabilities = 'unknown' } = record;
  return { name, root: join(directory, extra['root'] ?? ''), sha256, version, capabilities };
}

function builtFile(catalogue: Catalogue, name: string): ImageFile {
  const { directory, record } = find(catalogue, name);
  return { path: join(directory, record.main), sha256: record.sha256 };
}

function builtProgram(catalogue: Catalogue, name: string): HostProgramImage & Found {
  const { directory, record } = find(catalogue, name);
  const paths = (record.extra['libraries'] ?? '').split(':').map((path) => join(directory, path));
  return {
    directory,
    record,
    path: join(directory, record.main),
    env: { LD_LIBRARY_PATH: paths.join(':') },
  };
}

function builtQemu(catalogue: Catalogue): QemuProgram {
  const { directory, record, path, env } = builtProgram(catalogue, imageNames.qemu);
  const { data } = record.extra;
  const { version } = record;
  return { path, env, version, ...(data !== undefined && { dataDir: join(directory, data) }) };
}

function matchingToolstack(
  catalogue: Catalogue,
  flavour: string | undefined,
): ToolstackImage | undefined {
  const own = process.env['CROSSPAGE_TOOLSTACK'];
  if (own !== undefined) return ownToolstack(own);
  // A hypervisor that the user gives comes with the user's toolstack, or with the root's.
  if (flavour === undefined && process.env['CROSSPAGE_XEN'] !== undefined) return undefined;
  const chosen = flavourOf(catalogue, flavour);
  const { manifest, mutants } = catalogue;
  if (mutantOf(mutants.toolstacks, chosen) !== undefined) return builtToolstack(catalogue, chosen);
  const wanted = mutantOf(mutants.hypervisors, chosen)?.base ?? chosen;
  const { toolstacks } = manifest;
  const name = Object.keys(toolstacks).find((each) => toolstacks[each]?.hypervisor === wanted);
  return name === undefined ? undefined : builtToolstack(catalogue, name);
}

/** What is prepared, looked up once for each thing that is asked for. */
export function imageSetOf(catalogue: Catalogue): ImageSet {
  const known = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T): T => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  };
  return {
    hypervisor: (wanted) =>
      once(`xen ${wanted ?? ''}`, () => {
        const own = process.env['CROSSPAGE_XEN'];
        if (own !== undefined && wanted === undefined) return ownHypervisor(own);
        return builtHypervisor(catalogue, flavourOf(catalogue, wanted));
      }),
    toolstack: (name) =>
      once(`toolstack ${name}`, () => {
        const own = process.env['CROSSPAGE_TOOLSTACK'];
        return own === undefined ? builtToolstack(catalogue, name) : ownToolstack(own);
      }),
    toolstackOf: (flavour) =>
      once(`toolstack of ${flavour ?? ''}`, () => matchingToolstack(catalogue, flavour)),
    probe: (name) =>
      once(`probe ${name}`, () => {
        const { directory, record } = find(catalogue, imageNames.probe(name));
        const { elf } = record.extra;
        return {
          path: join(directory, record.main),
          sha256: record.sha256,
          ...(elf !== undefined && { elf: join(directory, elf) }),
        };
      }),
    linux: () => once('linux', () => builtFile(catalogue, imageNames.linux)),
    root: (name) => once(`root ${name}`, () => builtFile(catalogue, imageNames.root(name))),
    qemu: () => once('qemu', () => ownQemu(catalogue.manifest.qemu) ?? builtQemu(catalogue)),
    uBoot: () => once('u-boot', () => builtFile(catalogue, imageNames.uBoot)),
    tftpd: () => once('tftpd', () => builtProgram(catalogue, imageNames.tftpd)),
    ser2net: () => once('ser2net', () => builtProgram(catalogue, imageNames.ser2net)),
    deviceTrees: () =>
      once('dtbs', () => {
        const { directory, record } = find(catalogue, imageNames.deviceTrees);
        return join(directory, record.extra['directory'] ?? '');
      }),
  };
}

let resolved: ImageSet | undefined;

/** What the set-up of this project prepared. Cheap; reads the lock once in a process. */
export function resolveImages(): ImageSet {
  resolved ??= imageSetOf(openCatalogue());
  return resolved;
}
