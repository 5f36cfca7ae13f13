// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board, BootOrder, Capability, RunningMachine } from '../boards/board.ts';
import { printSource, writeBlob } from '../dt/index.ts';
import { OwnedProcess } from '../host/processes.ts';
import { type HypervisorImage, type ImageSet, resolveImages } from '../images/index.ts';
import { domainArgument, runArgument } from '../probe/protocol.ts';
import { Fate } from '../support/fate.ts';
import { commonXenArguments, hostDeviceTree } from '../xen/chosen.ts';
import { handArguments, type QemuCommand, runArguments, shellCommand } from './argv.ts';
import { baseTree } from './base-tree.ts';
import { bootSize, type LoadedImage } from './boot-image.ts';
import { checkPlacement, placeFiles, trampoline } from './placement.ts';
import { QemuMachine } from './qemu-machine.ts';
import { virtLayout, virtXenArguments } from './virt.ts';

/** Room kept for the device tree, whose size is known last. */
const treeRoom = 0x2_0000;

/** What a boot on this board reads: images, QEMU, a directory to keep device trees in. */
export interface QemuBoardOptions {
  readonly name: string;
  /** Directory for what can be made again. */
  readonly cache: string;
  /** Default: the images that the set-up prepared. */
  readonly images?: () => ImageSet;
}

/** The board `qemu-virt`: QEMU's AArch64 machine `virt` with virtualization. */
export class QemuBoard implements Board {
  readonly name: string;
  readonly layout = virtLayout;
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'physical-memory',
    'device-alignment-fault',
    'power',
  ]);
  readonly #cache: string;
  readonly #images: () => ImageSet;

  constructor(options: QemuBoardOptions) {
    this.name = options.name;
    this.#cache = options.cache;
    this.#images = options.images ?? resolveImages;
  }

  hypervisorCapabilities(flavour: string | undefined): readonly string[] | 'unknown' {
    return this.#images().hypervisor(flavour).capabilities;
  }

  async start(order: BootOrder): Promise<RunningMachine> {
    const images = this.#images();
    const xen = images.hypervisor(order.plan.flavour);
    const { command, facts } = await this.#prepare(order, images, xen);
    const qemu = images.qemu();
    await writeFile(
      join(order.evidence, 'boot.sh'),
      `#!/bin/sh\n# Boots the same system by hand; Ctrl-a x ends QEMU.\n` +
        `exec ${shellCommand('env', [...Object.entries(qemu.env).map(([key, value]) => `${key}=${value}`), qemu.path, ...handArguments(command)])}\n`,
      { mode: 0o755 },
    );
    const fate = new Fate();
    const process = await OwnedProcess.start(qemu.path, runArguments(command), {
      env: qemu.env,
      sockets: 1,
    });
    return QemuMachine.attach(process, {
      who: this.name,
      fate,
      machine: order.plan.machine,
      evidence: order.evidence,
      facts: { ...facts, 'qemu-version': qemu.version },
    });
  }

  /** Writes everything that QEMU loads, and says how it is loaded. */
  async #prepare(
    order: BootOrder,
    images: ImageSet,
    xen: HypervisorImage,
  ): Promise<{ command: QemuCommand; facts: Record<string, string> }> {
    const { plan, evidence } = order;
    await mkdir(evidence, { recursive: true });
    const probe = images.probe('memory');
    const [xenSize, probeSize] = await Promise.all([bootSize(xen.path), bootSize(probe.path)]);
    const [placedXen, placedProbe, placedTree, placedTrampoline] = placeFiles(
      [
        { name: 'xen', size: xenSize.memory },
        { name: 'probe', size: probeSize.memory },
        { name: 'device tree', size: treeRoom },
        { name: 'trampoline', size: 64 },
      ],
      this.layout.modules,
    ) as [LoadedImage, LoadedImage, LoadedImage, LoadedImage];
    const qemu = images.qemu();
    const base = await baseTree(qemu, plan.machine, this.#cache, order.deadline);
    const tree = hostDeviceTree(base, plan, {
      kernel: { address: placedProbe.address, size: probeSize.file },
      kernelArguments: (domain) =>
        `${runArgument}=${order.run} ${domainArgument}=${domain.name}`,
      xenArguments: [...virtXenArguments, ...commonXenArguments],
    });
    const blob = writeBlob(tree);
    checkPlacement([
      { name: 'device tree', start: placedTree.address, size: BigInt(blob.length) },
      { name: 'trampoline', start: placedTrampoline.address, size: 64n },
    ]);
    const file = (name: string): string => join(evidence, name);
    await Promise.all([
      writeFile(file('host.dtb'), blob),
      writeFile(file('host.dts'), printSource(tree)),
      writeFile(file('trampoline.bin'), trampoline(placedTree.address, placedXen.address)),
    ]);
    return {
      command: {
        machine: plan.machine,
        entry: placedTrampoline.address,
        dataDirectory: qemu.dataDir,
        files: [
          { path: xen.path, address: placedXen.address },
          { path: probe.path, address: placedProbe.address },
          { path: file('host.dtb'), address: placedTree.address },
          { path: file('trampoline.bin'), address: placedTrampoline.address },
        ],
      },
      facts: {
        'config-sha256': createHash('sha256').update(blob).digest('hex'),
        'image:xen': xen.sha256,
        'image:probe': probe.sha256,
        flavour: xen.flavour,
      },
    };
  }
}
