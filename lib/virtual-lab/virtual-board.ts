// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBlob } from '../dt/index.ts';
import type { ImageSet } from '../images/index.ts';
import { EnvironmentError } from '../support/errors.ts';
import { ConsoleLine, type LineAction } from './console-line.ts';
import { Emulator } from './emulator.ts';
import type { BoardFaults } from './faults.ts';
import { SshLine } from './ssh-line.ts';
import { TftpLine } from './tftp-line.ts';
import { type EmulatedBoard, zcu102Tree } from '../physical/zcu102-tree.ts';

/** What a board of the virtual lab is made of. */
export interface VirtualBoardOptions extends EmulatedBoard {
  readonly name: string;
  /** In the emulated network. */
  readonly address: string;
  /** Its consoles' devices are here. */
  readonly directory: string;
  readonly images: Pick<ImageSet, 'qemu' | 'uBoot'>;
  /** Port of the lab's TFTP server on loopback. */
  readonly tftpPort: number;
}

/** An emulated board, and all that leads to it. */
export class VirtualBoard implements AsyncDisposable {
  readonly options: VirtualBoardOptions;
  readonly tftp: TftpLine;
  readonly ssh: SshLine;
  readonly #consoles: readonly ConsoleLine[];
  #emulator: Emulator | undefined;
  #faults: BoardFaults = {};
  /** How often the switch still refuses. */
  #refusals = 0;
  /** What a switch that lies says. */
  #pretended: 'on' | 'off' | undefined;
  /** One change at a time. */
  #work: Promise<void> = Promise.resolve();

  private constructor(
    options: VirtualBoardOptions,
    tftp: TftpLine,
    ssh: SshLine,
    consoles: readonly ConsoleLine[],
  ) {
    this.options = options;
    this.tftp = tftp;
    this.ssh = ssh;
    this.#consoles = consoles;
  }

  /** A board without power. @throws EnvironmentError when this machine gives no pseudo-terminal. */
  static async make(options: VirtualBoardOptions): Promise<VirtualBoard> {
    const acting: { board?: VirtualBoard } = {};
    const act = (action: LineAction): void => {
      // A board that is gone by then does nothing any more.
      acting.board?.act(action).catch(() => undefined);
    };
    const paths = VirtualBoard.consolePaths(options.directory, options.name);
    const main = await ConsoleLine.open(paths.main, act);
    const second = await ConsoleLine.open(paths.second, act);
    const tftp = await TftpLine.open(options.tftpPort);
    const ssh = await SshLine.open();
    const board = new VirtualBoard(options, tftp, ssh, [main, second]);
    acting.board = board;
    return board;
  }

  /** Where the devices of a board's UARTs are. */
  static consolePaths(directory: string, name: string): { main: string; second: string } {
    return { main: join(directory, `${name}.main`), second: join(directory, `${name}.second`) };
  }

  get name(): string {
    return this.options.name;
  }

  get faults(): BoardFaults {
    return this.#faults;
  }

  /** Whether it really has power. */
  get powered(): boolean {
    return this.#emulator !== undefined;
  }

  /** What the switch says. */
  get state(): 'on' | 'off' {
    return this.#pretended ?? (this.powered ? 'on' : 'off');
  }

  /** Why a board that has power does nothing: QEMU ended by itself. */
  get complaint(): string | undefined {
    return this.#emulator?.fate.error?.message;
  }

  /** What goes wrong from now on, instead of what did. */
  setFaults(faults: BoardFaults): Promise<void> {
    return this.#serially(async () => {
      this.#faults = faults;
      if (faults.power !== 'lies') this.#pretended = undefined;
      this.#refusals = typeof faults.power === 'object' ? faults.power.refuses : 0;
      this.tftp.fault = faults.tftp;
      this.ssh.fault = faults.ssh;
      const [main, ...rest] = this.#consoles;
      if (main !== undefined) main.faults = faults;
      // Noise and events are on the main line alone.
      for (const line of rest) line.faults = {};
      for (const line of this.#consoles)
        await (faults.console === 'gone' ? line.unplug() : line.plug());
    });
  }

  /**
   * Presses the switch.
   * @throws EnvironmentError when the switch refuses, or QEMU cannot be started.
   */
  async switch(to: 'on' | 'off'): Promise<void> {
    const { power } = this.#faults;
    if (power === 'refuses' || this.#refusals > 0) {
      this.#refusals -= 1;
      throw new EnvironmentError({ who: this.name, what: `the outlet refuses to go ${to}` });
    }
    if (power === 'lies') this.#pretended = to;
    if (power === 'lies' || power === 'stuck') return;
    await (to === 'on' ? this.#serially(() => this.#on()) : this.#serially(() => this.#off()));
  }

  /** Has something happen to a board with power; without power nothing can. */
  act(action: LineAction): Promise<void> {
    return this.#serially(async () => {
      if (action === 'unplug') for (const line of this.#consoles) await line.unplug();
      else if (action === 'cut') await this.#off();
      else if (action === 'reset') await this.#emulator?.reset();
      else await this.#emulator?.hang();
    });
  }

  /** Whether it has power and does nothing. */
  async standsStill(): Promise<boolean> {
    return (await this.#emulator?.standsStill()) ?? false;
  }

  /** A board that stands still goes on. */
  resume(): Promise<void> {
    return this.#serially(async () => {
      await this.#emulator?.resume();
      for (const line of this.#consoles) line.goesOn();
    });
  }

  async dispose(): Promise<void> {
    await this.#serially(() => this.#off());
    for (const line of this.#consoles) await line.dispose();
    this.tftp.dispose();
    this.ssh.dispose();
    await rm(join(this.options.directory, `${this.name}.dtb`), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #on(): Promise<void> {
    if (this.#emulator !== undefined) return;
    const { images, directory, name, address, cpus, memory } = this.options;
    const seen = { ...this.options, ...this.#faults.answersAs };
    const tree = join(directory, `${name}.dtb`);
    await writeFile(tree, writeBlob(zcu102Tree(seen)));
    const command = { cpus, memory, address, mac: seen.mac, tree };
    const emulator = await Emulator.start(
      { ...command, qemu: images.qemu(), uBoot: images.uBoot().path },
      () => {
        for (const line of this.#consoles) line.startsAnew();
      },
    );
    this.#emulator = emulator;
    this.#consoles.forEach((line, index) => {
      const uart = emulator.uarts[index];
      if (uart !== undefined) line.connect(uart);
    });
    this.ssh.connect(() => emulator.sshPort());
  }

  async #off(): Promise<void> {
    const emulator = this.#emulator;
    this.#emulator = undefined;
    for (const line of this.#consoles) line.disconnect();
    this.ssh.hangUp();
    this.tftp.hangUp();
    await emulator?.cut();
  }

  #serially(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }
}
