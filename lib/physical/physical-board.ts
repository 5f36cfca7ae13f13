// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Board,
  BootOrder,
  Capability,
  LostMachine,
  ResumedMachine,
  ResumeOrder,
} from '../boards/board.ts';
import { writeBootFacts } from '../boards/boot-facts.ts';
import { type BootFiles, makeBootFiles } from '../boot-files/boot-files.ts';
import { type LinuxImages, linuxOf } from '../boot-files/linux-images.ts';
import { type DeviceTree, readBlob } from '../dt/index.ts';
import {
  type HostProgramImage,
  type HypervisorImage,
  type ImageSet,
  resolveImages,
} from '../images/index.ts';
import type { LabBoard } from '../lab/lab.ts';
import { parkedState } from '../lab/parked.ts';
import { BlockedError, EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import type { HostLayout, SystemPlan } from '../xen/plan.ts';
import { castsDoubtOnBoard } from './blame.ts';
import type { BoardAccess } from './board-access.ts';
import { prepareLinux } from './board-linux.ts';
import type { BoardType } from './board-type.ts';
import { bootBoard, proveBoard, type PreparedBoot } from './boot-board.ts';
import type { BoardHealth } from './health.ts';
import { resumeLeft } from './left-machine.ts';
import type { PhysicalMachine } from './physical-machine.ts';
import { linuxArguments } from './network.ts';

/** One board of a lab, and what a boot on it reads. */
export interface PhysicalBoardOptions {
  readonly board: LabBoard;
  readonly type: BoardType;
  /** Comes by its lines and its switch; rejects with BlockedError when another has it. */
  readonly open: () => Promise<BoardAccess>;
  readonly health: BoardHealth;
  /** Directory for what can be made again. */
  readonly cache: string;
  /** Default: the images that the set-up prepared. */
  readonly images?: () => ImageSet;
}

/** A board that is reached by serial lines, a power switch, TFTP and SSH. */
export class PhysicalBoard implements Board {
  readonly name: string;
  readonly layout: HostLayout;
  readonly capabilities: ReadonlySet<Capability>;
  readonly bootBudgetMs: number;
  readonly isolation = 'file';
  readonly exclusive = true;
  readonly #options: PhysicalBoardOptions;
  readonly #images: () => ImageSet;

  constructor(options: PhysicalBoardOptions) {
    const { board, type } = options;
    this.name = board.name;
    this.layout = type.layout;
    this.capabilities = type.capabilities;
    this.#options = options;
    this.#images = options.images ?? resolveImages;
    const budgets = { ...type.budgets, ...board.budgets };
    this.bootBudgetMs = Object.values(budgets).reduce((sum, ms) => sum + ms, 0);
  }

  hypervisorCapabilities(flavour: string | undefined): readonly string[] | 'unknown' {
    return this.#hypervisor(flavour).capabilities;
  }

  toolstackCapabilities(flavour: string | undefined): readonly string[] | 'unknown' {
    return this.#images().toolstackOf(flavour)?.capabilities ?? [];
  }

  /** {@link Board.reserve}. A parked board is not waited for. */
  async reserve(): Promise<void> {
    this.#checkParked();
    await this.#options.open();
  }

  async start(order: BootOrder): Promise<PhysicalMachine> {
    // Everything that may be wrong with it is found before power is touched.
    const prepared = await this.#prepare(order);
    const { health } = this.#options;
    try {
      this.#checkParked();
      const { board, type, open } = this.#options;
      const tftpd = (): HostProgramImage => this.#images().tftpd();
      const bench = { board, type, access: await open(), tftpd };
      await health.admit(() => proveBoard(bench, order.evidence, order.deadline));
      const machine = await bootBoard(bench, order, prepared);
      machine.onDoubt((error) => health.mark('unknown', messageOf(error)));
      return machine;
    } catch (error) {
      if (castsDoubtOnBoard(error)) await health.mark('unknown', messageOf(error));
      throw error;
    } finally {
      // What is loaded was copied: the keys need not stay.
      await prepared.linux?.dispose();
    }
  }

  /** {@link Board.resume}. */
  async resume({
    key,
    evidence,
    deadline,
  }: ResumeOrder): Promise<ResumedMachine | LostMachine | undefined> {
    this.#checkParked();
    const { board, type, open, health } = this.#options;
    const tftpd = (): HostProgramImage => this.#images().tftpd();
    const bench = { board, type, access: await open(), tftpd };
    const resumed = await resumeLeft(bench, key, evidence, deadline);
    if (resumed !== undefined && 'machine' in resumed)
      resumed.machine.onDoubt((error) => health.mark('unknown', messageOf(error)));
    return resumed;
  }

  #checkParked(): void {
    const state = parkedState(this.#options.board);
    if (state === undefined) return;
    throw new BlockedError({
      who: this.name,
      what: state,
      remedy: 'take `parked` out of the lab file when it is well again',
    });
  }

  /** The hypervisor of a flavour, as this board's UART needs it. */
  #hypervisor(flavour: string | undefined): HypervisorImage {
    const images = this.#images();
    const { builds, name } = this.#options.type;
    const xen = images.hypervisor(flavour);
    if (!(xen.flavour in builds)) return xen;
    const own = builds[xen.flavour];
    if (own !== undefined) return images.hypervisor(own);
    throw new MisuseError({
      who: this.name,
      what: `flavour ${xen.flavour} has its early console on the UART of another machine`,
      remedy: `choose another flavour: there is none with an early console for boards of type ${name}`,
    });
  }

  async #prepare({ plan, run, evidence, tampering }: BootOrder): Promise<PreparedBoot> {
    const { board, type, cache } = this.#options;
    const images = this.#images();
    const xen = this.#hypervisor(plan.flavour);
    const probe = images.probe('memory');
    const linuxImages = await linuxOf(plan, images, cache);
    const linux = linuxImages && (await prepareLinux(this.name, linuxImages, board.ssh));
    const files = await makeBootFiles({
      plan,
      run,
      xen,
      probe,
      linux: linux && {
        kernel: linux.kernel,
        ramdisk: linux.ramdisk,
        arguments: linuxArguments(board.network),
      },
      base: await this.#baseTree(plan),
      window: type.layout.modules,
      xenArguments: type.xenArguments,
      evidence,
      tampering,
    });
    const facts = factsOf(images, xen, files, linuxImages);
    await writeBootFacts(evidence, facts);
    return { files, linux, facts };
  }

  async #baseTree(plan: SystemPlan): Promise<DeviceTree> {
    const { baseTree } = this.#options.type;
    if ('made' in baseTree) return baseTree.made(plan.machine);
    const path = join(this.#images().deviceTrees(), baseTree.linux);
    const blob = await readFile(path).catch((error: unknown) => {
      throw new EnvironmentError(
        { who: this.name, what: `the device tree of its type is not there: ${path}` },
        { cause: error },
      );
    });
    return readBlob(blob);
  }
}

function factsOf(
  images: ImageSet,
  xen: HypervisorImage,
  files: BootFiles,
  linux: LinuxImages | undefined,
): Record<string, string> {
  const { major, minor } = xen.versionNumber;
  return {
    flavour: xen.flavour,
    'xen-release': `${major}.${minor}`,
    'config-sha256': files.configHash,
    'image:xen': xen.sha256,
    'image:probe': images.probe('memory').sha256,
    ...(linux !== undefined && {
      'image:linux': linux.kernel.sha256,
      'image:ramdisk': linux.ramdisk.sha256,
    }),
  };
}
