// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeviceTree, printSource, writeBlob } from '../dt/index.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import type { Range } from '../memory/ranges.ts';
import { probeArguments } from '../probe/protocol.ts';
import type { HostAddress } from '../support/units.ts';
import { type BootFacts, commonXenArguments, hostDeviceTree } from '../xen/chosen.ts';
import { linuxArguments } from '../xen/dom0.ts';
import type { SystemPlan } from '../xen/plan.ts';
import type { FilePlace, Tampering } from '../xen/tampering.ts';
import { bootSize } from './boot-image.ts';
import { partialEvidence, type PartialFile, partialFiles } from './partial-files.ts';
import { checkPlacement, type Placed, placeFiles } from './placement.ts';

/** Room kept for the device tree, whose size is known last. */
const treeRoom = 0x2_0000;

/** A Linux to boot, and what the board tells it. */
export interface LinuxFiles {
  readonly kernel: string;
  readonly ramdisk: string;
  readonly arguments: readonly string[];
}

/** Code that a board starts instead of Xen, made when it is known where everything lies. */
export interface EntryCode {
  readonly name: string;
  /** In bytes, at most. */
  readonly size: number;
  readonly make: (deviceTree: HostAddress, xen: HostAddress) => Uint8Array;
}

/** A file that goes to a place in memory before Xen starts. */
export interface LoadedFile {
  /** `xen`, `host.dtb`, ...: no other of the same boot has it. */
  readonly name: string;
  readonly path: string;
  readonly address: bigint;
}

/** What a boot is made of. */
export interface BootIngredients {
  readonly plan: SystemPlan;
  readonly run: string;
  readonly xen: { readonly path: string };
  readonly probe: { readonly path: string };
  /** For a domain that runs Linux. */
  readonly linux?: LinuxFiles | undefined;
  /** The machine's own device tree. */
  readonly base: DeviceTree;
  /** Where the files may lie. */
  readonly window: Range;
  /** Default: the boot loader enters Xen itself. */
  readonly entry?: EntryCode | undefined;
  readonly xenArguments: readonly string[];
  /** Directory that the generated files are written to. */
  readonly evidence: string;
  readonly tampering?: Tampering | undefined;
}

/** Files in their places, and where CPU 0 starts. */
export interface BootFiles {
  readonly files: readonly LoadedFile[];
  /** Of the entry code, or else of Xen. */
  readonly entry: HostAddress;
  readonly xen: HostAddress;
  readonly deviceTree: HostAddress;
  /** Of the device trees without the run's nonce: the same for the same configuration. */
  readonly configHash: string;
}

/** What the host's device tree says of the domains' boot modules, and with what Xen starts. */
function bootFacts(
  from: BootIngredients,
  sizes: FileSizes,
  partials: readonly PartialFile[],
  placeOf: (name: string) => HostAddress,
): BootFacts {
  return {
    kernel: { address: placeOf('probe'), size: sizes.probe },
    linux: sizes.linux && {
      kernel: { address: placeOf('linux'), size: sizes.linux.kernel },
      ramdisk: { address: placeOf('ramdisk'), size: sizes.linux.ramdisk },
    },
    partialTree: (domain) => {
      const file = partials.find((partial) => partial.domain === domain);
      return file && { address: placeOf(file.name), size: file.blob.length };
    },
    kernelArguments: (domain) =>
      domain.linux === undefined
        ? probeArguments(from.run, domain.name)
        : linuxArguments(domain.linux, from.linux?.arguments ?? []),
    xenArguments: [...from.xenArguments, ...commonXenArguments],
  };
}

/** Sizes of files in bytes. */
interface FileSizes {
  readonly probe: number;
  readonly linux: { readonly kernel: number; readonly ramdisk: number } | undefined;
}

const placesByName = (places: readonly Placed[]): ReadonlyMap<string, FilePlace> =>
  new Map(places.map((place) => [place.name, place]));

/** Where everything goes: images, generated files, and what a test adds. */
async function placeAll(
  from: BootIngredients,
  partials: readonly PartialFile[],
): Promise<{ places: readonly Placed[]; sizes: FileSizes }> {
  const [xen, probe] = await Promise.all([bootSize(from.xen.path), bootSize(from.probe.path)]);
  const linux = from.linux && {
    kernel: await bootSize(from.linux.kernel),
    ramdisk: (await stat(from.linux.ramdisk)).size,
  };
  const extra = Object.entries(from.tampering?.files ?? {});
  const places = placeFiles(
    [
      { name: 'xen', size: xen.memory },
      { name: 'probe', size: probe.memory },
      ...(linux === undefined
        ? []
        : [
            { name: 'linux', size: linux.kernel.memory },
            { name: 'ramdisk', size: linux.ramdisk },
          ]),
      ...partials.map(({ name, blob }) => ({ name, size: blob.length })),
      { name: 'host.dtb', size: treeRoom },
      ...(from.entry === undefined ? [] : [{ name: from.entry.name, size: from.entry.size }]),
      ...extra.map(([name, bytes]) => ({ name, size: bytes.length })),
    ],
    from.window,
  );
  const sizes = {
    probe: probe.file,
    linux: linux && { kernel: linux.kernel.file, ramdisk: linux.ramdisk },
  };
  return { places, sizes };
}

/** @throws MisuseError where a file of the caller's lies where another of the boot does. */
function checkPlaced(own: readonly Placed[], theirs: NonNullable<Tampering['placed']>): void {
  const range = ({ name, address, size }: Placed): Range => ({
    ...{ name, start: address, size: BigInt(size) },
  });
  const placed = Object.entries(theirs).map(([name, file]) => range({ name, ...file }));
  if (placed.length > 0) checkPlacement([...own.map(range), ...placed]);
}

/** The files to load, each where it was placed. */
function loadedFiles(
  { xen, probe, linux, entry, evidence, tampering }: BootIngredients,
  partials: readonly PartialFile[],
  placeOf: (name: string) => HostAddress,
): LoadedFile[] {
  const own = [
    'host.dtb',
    ...(entry === undefined ? [] : [entry.name]),
    ...Object.keys(tampering?.files ?? {}),
  ];
  const paths: (readonly [string, string])[] = [
    ['xen', xen.path],
    ['probe', probe.path],
    ...(linux === undefined
      ? []
      : [['linux', linux.kernel] as const, ['ramdisk', linux.ramdisk] as const]),
    ...partials.map(({ name }) => [name, join(evidence, `${name}.dtb`)] as const),
    ...own.map((name) => [name, join(evidence, name)] as const),
  ];
  const theirs = Object.entries(tampering?.placed ?? {});
  return [
    ...paths.map(([name, path]) => ({ name, path, address: placeOf(name) })),
    ...theirs.map(([name, { path, address }]) => ({ name, path, address })),
  ];
}

/**
 * Places the images, makes the device tree that Xen boots from, and writes what is generated.
 * @throws MisuseError when files do not fit; EnvironmentError for an image that cannot be booted
 * or a disk that is full.
 */
export async function makeBootFiles(from: BootIngredients): Promise<BootFiles> {
  const partials = partialFiles(from.plan);
  const { places, sizes } = await placeAll(from, partials);
  const placeOf = (name: string): HostAddress =>
    places.find((place) => place.name === name)?.address ?? (0n as HostAddress);
  const facts = bootFacts(from, sizes, partials, placeOf);
  const generated = hostDeviceTree(from.base, from.plan, facts);
  const tree = from.tampering?.edit?.(generated, placesByName(places)) ?? generated;
  const blob = writeBlob(tree);
  const source = printSource(tree);
  checkPlacement([
    { name: 'device tree', start: placeOf('host.dtb'), size: BigInt(blob.length) },
    ...(from.entry === undefined
      ? []
      : [
          { name: from.entry.name, start: placeOf(from.entry.name), size: BigInt(from.entry.size) },
        ]),
  ]);
  checkPlaced(places, from.tampering?.placed ?? {});
  const files = {
    ...from.tampering?.files,
    'host.dtb': blob,
    'host.dts': source,
    ...(from.entry && { [from.entry.name]: from.entry.make(placeOf('host.dtb'), placeOf('xen')) }),
    ...partialEvidence(partials),
  };
  await Promise.all(
    Object.entries(files).map(([name, content]) =>
      writeEvidence(join(from.evidence, name), content),
    ),
  );
  return {
    entry: placeOf(from.entry?.name ?? 'xen'),
    xen: placeOf('xen'),
    deviceTree: placeOf('host.dtb'),
    configHash: createHash('sha256')
      .update(source.replaceAll(from.run, ''))
      .update(partials.map((partial) => partial.source).join(''))
      .digest('hex'),
    files: loadedFiles(from, partials, placeOf),
  };
}
