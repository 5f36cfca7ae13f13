// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { readJson } from './read-json.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/);
const version = z.string().regex(/^\d+\.\d+$/);

const option = z.strictObject({
  /** Without CONFIG_. */
  name: z.string().regex(/^[A-Z0-9_]+$/),
  value: z.string().min(1),
  /** First version of Xen that has the option. */
  since: version.optional(),
  /** First version of Xen that has it no more. */
  until: version.optional(),
  why: z.string().optional(),
});

const packaged = z.strictObject({
  from: z.literal('package'),
  suite: name,
  package: name,
  image: z.string(),
  config: z.string(),
  licence: z.string(),
});

/** A version of a source that is fetched by hashes written here. */
const pinned = z.strictObject({
  suite: name,
  version: z.string(),
  /** Why it is here, and what vouches for the hashes. */
  vouchedBy: z.string(),
  files: z
    .array(
      z.strictObject({
        pool: z.string(),
        size: z.int().positive(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
      }),
    )
    .min(1),
});

const sourced = z.strictObject({
  from: z.literal('source'),
  /** In order of preference. */
  suites: z.array(name).min(1),
  /** Taken where a mirror has the files of none of the suites. */
  pinned: pinned.optional(),
  source: name,
  defconfig: name.or(z.string().regex(/^[a-z0-9_]+$/)),
  options: z.array(option),
  /** Files under images/xen/, applied in this order after Debian's own. */
  patches: z.array(z.string()),
  licence: z.string(),
});

/** xl, its libraries and its daemons, built from the source of a hypervisor. */
const toolstack = z.strictObject({
  /** The flavour that it is for: both are built of one source with the same patches. */
  hypervisor: name,
  suite: name,
  /** Debian packages for arm64 with the headers and libraries that it is built against. */
  packages: z.array(name).min(1),
  licence: z.string(),
});

const host = z.strictObject({
  /** VERSION_CODENAME of /etc/os-release. */
  codename: name,
  suites: z.array(name).min(1),
  /** Suite that the program itself comes from, when that is not the first. */
  programSuite: name.optional(),
});

/** The boot loader of the virtual lab's boards, built from Debian's source. */
const uBoot = z.strictObject({
  /** In order of preference. */
  suites: z.array(name).min(1),
  source: name,
  defconfig: z.string().regex(/^[a-z0-9_]+$/),
  options: z.array(option),
  licence: z.string(),
});

/** The kernel that dom0 and Linux domUs run. */
const linux = z.strictObject({
  suite: name,
  package: name,
  /** What programs for it are compiled against; the kernel's own headers come along. */
  headers: z.array(name).min(1),
  licence: z.string(),
});

/** Sources of ours with a Makefile, compiled for a root file system. */
const compiled = z.strictObject({
  directory: z.string(),
  /** Kernel modules, loaded after the others, in this order. */
  modules: z.array(z.string()),
  programs: z.array(z.string()),
});

/** An initial root file system, made of Debian packages and our own files. */
const root = z.strictObject({
  suite: name,
  /** The version of the first is the root's own. */
  packages: z.array(name).min(1),
  /** Paths in the packages; the libraries that they need come along. */
  programs: z.array(z.string()).min(1),
  /** What symbolic links point to, by path. */
  links: z.record(z.string(), z.string()),
  /** Kernel modules, in the order in which they are loaded. */
  modules: z.array(z.string()),
  compiled: z.array(compiled),
  /** Our own files, laid over all others. */
  directory: z.string(),
  licence: z.string(),
});

/** A program that is unpacked from Debian's packages, and run on this machine. */
const hostProgram = z.strictObject({
  package: name,
  source: name,
  program: z.string(),
  /** The option with which it says its version. */
  version: z.string(),
  licence: z.string(),
  /** What to do on a machine for which there is none. */
  without: z.string(),
  hosts: z.array(host).min(1),
  architectures: z.array(z.enum(['amd64', 'arm64'])).min(1),
});

const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  defaultFlavour: name,
  hypervisors: z.record(name, z.discriminatedUnion('from', [packaged, sourced])),
  toolstacks: z.record(name, toolstack),
  probes: z.record(name, z.strictObject({ directory: z.string(), licence: z.string() })),
  qemu: z.strictObject({
    package: name,
    source: name,
    program: z.string(),
    data: z.string(),
    /** Least version, of a QEMU on PATH too. */
    least: version,
    licence: z.string(),
    hosts: z.array(host).min(1),
    architectures: z.array(z.enum(['amd64', 'arm64'])).min(1),
  }),
  hostPrograms: z.strictObject({ tftpd: hostProgram, ser2net: hostProgram }),
  uBoot,
  linux,
  roots: z.record(name, root),
  deviceTrees: z.strictObject({
    suite: name,
    package: name,
    architecture: z.enum(['arm64']),
    pattern: z.string(),
    licence: z.string(),
  }),
});

/** images/manifest.json: what is booted, and where it comes from. */
export type Manifest = z.infer<typeof manifestSchema>;
/** A hypervisor taken from a Debian package as it is. */
export type PackagedFlavour = z.infer<typeof packaged>;
/** A hypervisor built from Debian's source. */
export type SourcedFlavour = z.infer<typeof sourced>;
/** Which source of Debian's something is built from. */
export type SourceData = Pick<SourcedFlavour, 'suites' | 'source' | 'licence' | 'pinned'>;
/** A toolstack built from the source of a hypervisor. */
export type ToolstackData = z.infer<typeof toolstack>;
/** One Kconfig option, and the versions of Xen that have it. */
export type KconfigOption = z.infer<typeof option>;
/** A boot loader built from Debian's source. */
export type UBootData = z.infer<typeof uBoot>;
/** What an initial root file system is made of. */
export type RootData = z.infer<typeof root>;
/** Sources of ours that are compiled for a root file system. */
export type CompiledData = z.infer<typeof compiled>;
/** A release of Debian for which Crosspage brings programs of its own. */
export type QemuHost = z.infer<typeof host>;

/**
 * Reads the manifest.
 * @throws MisuseError with the path of each key that is wrong or unknown.
 */
export function readManifest(file: string): Manifest {
  return readJson(file, manifestSchema, 'correct the file');
}
