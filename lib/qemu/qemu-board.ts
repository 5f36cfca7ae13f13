// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Board, BootOrder, Capability, Preparation } from '../boards/board.ts';
import { writeBootFacts } from '../boards/boot-facts.ts';
import { makeBootFiles } from '../boot-files/boot-files.ts';
import { linuxOf } from '../boot-files/linux-images.ts';
import type { Transport } from '../console/console.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import { OwnedProcess } from '../host/processes.ts';
import { type ImageSet, resolveImages } from '../images/index.ts';
import { Fate } from '../support/fate.ts';
import { hex } from '../support/units.ts';
import {
  handArguments,
  type QemuCommand,
  restoreArguments,
  runArguments,
  saveArguments,
  type SavedMachine,
  shellCommand,
} from './argv.ts';
import { baseTree, type QemuProgram } from './base-tree.ts';
import { QemuMachine } from './qemu-machine.ts';
import { savedFiles, SnapshotStore } from './snapshot-store.ts';
import { trampoline } from './trampoline.ts';
import { virtLayout, virtLinuxArguments, virtXenArguments } from './virt.ts';

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

/** All that decides a boot. */
interface Prepared {
  readonly qemu: QemuProgram;
  readonly command: QemuCommand;
  /** Versions and hashes by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Everything that a saved machine depends on, as JSON: another text is another machine. */
async function identityOf({ qemu, command, facts }: Prepared): Promise<string> {
  const { mtimeMs, size } = await stat(qemu.path);
  const files = command.files.map(({ path, address }) => [basename(path), hex(address)]);
  const args = restoreArguments({ ...command, files: [] }, '');
  return JSON.stringify({
    facts,
    files,
    args,
    qemu: [qemu.path, mtimeMs, size],
    arch: process.arch,
  });
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
    'concurrent-commands',
    'power',
    'early-console',
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

  toolstackCapabilities(flavour: string | undefined): readonly string[] | 'unknown' {
    return this.#images().toolstackOf(flavour)?.capabilities ?? [];
  }

  async start(order: BootOrder): Promise<QemuMachine> {
    const prepared = await this.#prepare(order);
    return this.#run(order, prepared, runArguments(prepared.command));
  }

  async startPrepared(order: BootOrder, prepare: Preparation): Promise<QemuMachine> {
    const prepared = await this.#prepare(order);
    const saved = await new SnapshotStore(join(this.#cache, '../snapshots')).take(
      await identityOf(prepared),
      order.deadline,
      async (directory) => {
        await using machine = await this.#run(
          { ...order, evidence: directory },
          prepared,
          saveArguments(prepared.command, join(directory, savedFiles.ram)),
        );
        await prepare(machine);
        await machine.save(directory, order.deadline);
      },
    );
    return this.#run(order, prepared, restoreArguments(prepared.command, saved.ram), saved);
  }

  /** Writes what is generated into the evidence, and looks up all else that decides a boot. */
  async #prepare({ plan, run, evidence, deadline, tampering }: BootOrder): Promise<Prepared> {
    const images = this.#images();
    const qemu = images.qemu();
    const xen = images.hypervisor(plan.flavour);
    const probe = images.probe('memory');
    const linux = await linuxOf(plan, images, this.#cache);
    const { files, entry, configHash } = await makeBootFiles({
      plan,
      run,
      xen,
      probe,
      linux: linux && {
        kernel: linux.kernel.path,
        ramdisk: linux.ramdisk.path,
        arguments: virtLinuxArguments,
      },
      base: await baseTree(qemu, plan.machine, this.#cache, deadline),
      window: this.layout.modules,
      entry: trampoline,
      xenArguments: virtXenArguments,
      evidence,
      tampering,
    });
    const command: QemuCommand = {
      machine: plan.machine,
      files,
      entry,
      linux: linux !== undefined,
      dataDirectory: qemu.dataDir,
    };
    await writeEvidence(join(evidence, 'boot.sh'), handScript(qemu, command), { mode: 0o755 });
    const facts = {
      'qemu-version': qemu.version,
      flavour: xen.flavour,
      'xen-release': `${xen.versionNumber.major}.${xen.versionNumber.minor}`,
      'config-sha256': configHash,
      'image:xen': xen.sha256,
      'image:probe': probe.sha256,
      ...(linux !== undefined && {
        'image:linux': linux.kernel.sha256,
        'image:ramdisk': linux.ramdisk.sha256,
      }),
    };
    await writeBootFacts(evidence, facts);
    return { qemu, command, facts };
  }

  async #run(
    { plan, evidence }: Pick<BootOrder, 'plan' | 'evidence'>,
    { qemu, command, facts }: Prepared,
    args: readonly string[],
    saved?: SavedMachine,
  ): Promise<QemuMachine> {
    const linux = command.linux ?? false;
    const process = await OwnedProcess.start(qemu.path, args, {
      env: qemu.env,
      sockets: linux ? 3 : 2,
    });
    return new QemuMachine(process, {
      who: this.name,
      fate: new Fate(),
      machine: plan.machine,
      evidence,
      linux,
      saved,
      transport: this.#transport,
      facts,
    });
  }
}
