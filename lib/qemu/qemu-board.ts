// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Board, BootOrder, Capability } from '../boards/board.ts';
import type { Transport } from '../console/console.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import { OwnedProcess } from '../host/processes.ts';
import { type ImageSet, resolveImages } from '../images/index.ts';
import { Fate } from '../support/fate.ts';
import { handArguments, type QemuCommand, runArguments, shellCommand } from './argv.ts';
import { baseTree, type QemuProgram } from './base-tree.ts';
import { makeBootFiles } from './boot-files.ts';
import { QemuMachine } from './qemu-machine.ts';
import { virtLayout, virtXenArguments } from './virt.ts';

/** What a boot on this board reads: images, QEMU, a directory to keep device trees in. */
export interface QemuBoardOptions {
  readonly name: string;
  /** Directory for what can be made again. */
  readonly cache: string;
  /** Default: the images that the set-up prepared. */
  readonly images?: () => ImageSet;
  /** Put between the machine's console and its readers; for faults that are seeded on purpose. */
  readonly transport?: (inner: Transport) => Transport;
}

/** A script that boots the same files by hand. */
function handScript(qemu: QemuProgram, command: QemuCommand): string {
  const line = shellCommand(qemu.path, handArguments(command), qemu.env);
  return `#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n# Boots the same system by hand. Ctrl-a x ends QEMU.\n${line}\n`;
}

/** The board `qemu-virt`: QEMU's AArch64 machine `virt` with virtualization. */
export class QemuBoard implements Board {
  readonly name: string;
  readonly layout = virtLayout;
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'physical-memory',
    'stage2-introspection',
    'device-alignment-fault',
    'power',
  ]);
  readonly #cache: string;
  readonly #images: () => ImageSet;
  readonly #transport: QemuBoardOptions['transport'];

  constructor(options: QemuBoardOptions) {
    this.name = options.name;
    this.#cache = options.cache;
    this.#images = options.images ?? resolveImages;
    this.#transport = options.transport;
  }

  hypervisorCapabilities(flavour: string | undefined): readonly string[] | 'unknown' {
    return this.#images().hypervisor(flavour).capabilities;
  }

  async start({ plan, run, evidence, deadline, tampering }: BootOrder): Promise<QemuMachine> {
    const images = this.#images();
    const qemu = images.qemu();
    const xen = images.hypervisor(plan.flavour);
    const probe = images.probe('memory');
    const { files, entry, configHash } = await makeBootFiles({
      plan,
      run,
      xen,
      probe,
      base: await baseTree(qemu, plan.machine, this.#cache, deadline),
      window: this.layout.modules,
      xenArguments: virtXenArguments,
      evidence,
      tampering,
    });
    const command = { machine: plan.machine, files, entry, dataDirectory: qemu.dataDir };
    await writeEvidence(join(evidence, 'boot.sh'), handScript(qemu, command), { mode: 0o755 });
    const process = await OwnedProcess.start(qemu.path, runArguments(command), {
      env: qemu.env,
      sockets: 2,
    });
    return new QemuMachine(process, {
      who: this.name,
      fate: new Fate(),
      machine: plan.machine,
      evidence,
      transport: this.#transport,
      facts: {
        'qemu-version': qemu.version,
        flavour: xen.flavour,
        'config-sha256': configHash,
        'image:xen': xen.sha256,
        'image:probe': probe.sha256,
      },
    });
  }
}
