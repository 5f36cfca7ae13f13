// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type DeviceTree, printSource, writeBlob } from '../dt/index.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import type { Range } from '../memory/ranges.ts';
import { domainArgument, runArgument } from '../probe/protocol.ts';
import type { HostAddress } from '../support/units.ts';
import { commonXenArguments, hostDeviceTree } from '../xen/chosen.ts';
import type { SystemPlan } from '../xen/plan.ts';
import type { LoadedFile } from './argv.ts';
import { bootSize } from './boot-image.ts';
import { checkPlacement, placeFiles, trampoline } from './placement.ts';

/** Room kept for the device tree, whose size is known last. */
const treeRoom = 0x2_0000;

/** What a boot on QEMU is made of. */
export interface BootIngredients {
  readonly plan: SystemPlan;
  readonly run: string;
  readonly xen: { readonly path: string };
  readonly probe: { readonly path: string };
  /** The machine's own device tree. */
  readonly base: DeviceTree;
  /** Where the files may lie. */
  readonly window: Range;
  readonly xenArguments: readonly string[];
  /** Directory that the generated files are written to. */
  readonly evidence: string;
}

/** Files in their places, and where CPU 0 starts. */
export interface BootFiles {
  readonly files: readonly LoadedFile[];
  readonly entry: HostAddress;
  /** Of the host device tree without the run's nonce: the same for the same configuration. */
  readonly configHash: string;
}

/**
 * Places the images, makes the device tree that Xen boots from, and writes what is generated.
 * @throws MisuseError when files do not fit; EnvironmentError for an image that cannot be booted
 * or a disk that is full.
 */
export async function makeBootFiles(from: BootIngredients): Promise<BootFiles> {
  const [xen, probe] = await Promise.all([bootSize(from.xen.path), bootSize(from.probe.path)]);
  const places = placeFiles(
    [
      { name: 'xen', size: xen.memory },
      { name: 'probe', size: probe.memory },
      { name: 'host.dtb', size: treeRoom },
      { name: 'trampoline.bin', size: 64 },
    ],
    from.window,
  );
  const placeOf = (name: string): HostAddress =>
    places.find((place) => place.name === name)?.address ?? (0n as HostAddress);
  const tree = hostDeviceTree(from.base, from.plan, {
    kernel: { address: placeOf('probe'), size: probe.file },
    kernelArguments: (domain) => `${runArgument}=${from.run} ${domainArgument}=${domain.name}`,
    xenArguments: [...from.xenArguments, ...commonXenArguments],
  });
  const blob = writeBlob(tree);
  const source = printSource(tree);
  checkPlacement([
    { name: 'device tree', start: placeOf('host.dtb'), size: BigInt(blob.length) },
    { name: 'trampoline', start: placeOf('trampoline.bin'), size: 64n },
  ]);
  const files = {
    'host.dtb': blob,
    'host.dts': source,
    'trampoline.bin': trampoline(placeOf('host.dtb'), placeOf('xen')),
  };
  await Promise.all(
    Object.entries(files).map(([name, content]) =>
      writeEvidence(join(from.evidence, name), content),
    ),
  );
  return {
    entry: placeOf('trampoline.bin'),
    configHash: createHash('sha256').update(source.replaceAll(from.run, '')).digest('hex'),
    files: [
      { path: from.xen.path, address: placeOf('xen') },
      { path: from.probe.path, address: placeOf('probe') },
      { path: join(from.evidence, 'host.dtb'), address: placeOf('host.dtb') },
      { path: join(from.evidence, 'trampoline.bin'), address: placeOf('trampoline.bin') },
    ],
  };
}
