// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import { OwnedProcess } from '../host/processes.ts';
import type { QemuProgram } from '../images/index.ts';
import { Qmp } from '../qemu/qmp.ts';
import { EnvironmentError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import type { Bytes } from '../support/units.ts';

/** What one start of the emulated board needs. */
export interface EmulatorCommand {
  readonly qemu: QemuProgram;
  readonly cpus: number;
  readonly memory: Bytes;
  readonly mac: string;
  /** In the emulated network, 10.0.2.0/24. */
  readonly address: string;
  /** U-Boot, an ELF file. */
  readonly uBoot: string;
  /** U-Boot's device tree, a blob. */
  readonly tree: string;
}

/** Where this U-Boot looks for its device tree (CONFIG_XILINX_OF_BOARD_DTB_ADDR). */
const treeAddress = '0x100000';
/** What this host is called in QEMU's user-mode network. */
export const emulatedHost = '10.0.2.2';

const escaped = (path: string): string => path.replaceAll(',', ',,');

/** QEMU's arguments: UARTs on descriptors 3 and 4, QMP on 5. */
export function emulatorArguments(command: EmulatorCommand): string[] {
  const { qemu, cpus, memory, mac, address, uBoot, tree } = command;
  const forward = `hostfwd=tcp:127.0.0.1:0-${address}:22`;
  return [
    ...(qemu.dataDir === undefined ? [] : ['-L', qemu.dataDir]),
    ...['-machine', 'xlnx-zcu102,virtualization=on,secure=off'],
    ...['-smp', String(cpus), '-m', `${memory / 0x10_0000}M`],
    // Off is what a relay does: a system that powers itself off stands still, with power.
    ...['-display', 'none', '-nodefaults', '-audio', 'none', '-no-shutdown'],
    ...['-chardev', 'socket,id=uart0,fd=3', '-serial', 'chardev:uart0'],
    ...['-chardev', 'socket,id=uart1,fd=4', '-serial', 'chardev:uart1'],
    ...['-chardev', 'socket,id=qmp,fd=5', '-mon', 'chardev=qmp,mode=control'],
    // The first is GEM0. Not restricted: the TFTP server is on the host's loopback.
    ...['-nic', `user,ipv6=off,dhcpstart=${address},mac=${mac},${forward}`],
    ...['-device', `loader,file=${escaped(tree)},addr=${treeAddress},force-raw=on`],
    ...['-device', `loader,file=${escaped(uBoot)},cpu-num=0`],
  ];
}

/** An emulated board that has power. */
export class Emulator {
  readonly uarts: readonly Duplex[];
  readonly fate = new Fate();
  readonly #process: OwnedProcess;
  readonly #qmp: Qmp;

  private constructor(process: OwnedProcess, onReset: () => void) {
    this.#process = process;
    this.uarts = [process.socket(0), process.socket(1)];
    this.#qmp = new Qmp(process.socket(2), this.fate);
    this.#qmp.onEvent((event) => {
      if (event === 'RESET') onReset();
    });
    process.stdin.on('error', () => undefined);
    process.stdout.resume();
    void process.ended.then((end) => {
      this.fate.doom(
        new EnvironmentError({
          who: 'the emulated board',
          what: `QEMU has ended: ${end.signal ?? `exit code ${String(end.code)}`}`,
          lastSeen: process.stderr.trim(),
        }),
      );
    });
  }

  /** @throws EnvironmentError when QEMU cannot be started. */
  static async start(command: EmulatorCommand, onReset: () => void): Promise<Emulator> {
    const { path, env } = command.qemu;
    const process = await OwnedProcess.start(path, emulatorArguments(command), { env, sockets: 3 });
    return new Emulator(process, onReset);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What QEMU complained of. */
  get complaint(): string {
    return this.#process.stderr.trim();
  }

  /** Resets the board, as its button does. */
  async reset(): Promise<void> {
    await this.#qmp.execute('system_reset');
  }

  /** The processors stand still. */
  async hang(): Promise<void> {
    await this.#qmp.execute('stop');
  }

  /** Whether the processors stand still. */
  async standsStill(): Promise<boolean> {
    const { running } = (await this.#qmp.execute('query-status')) as { running?: boolean };
    return running === false;
  }

  /** They go on. */
  async resume(): Promise<void> {
    await this.#qmp.execute('cont');
  }

  /** The port of this host's loopback that leads to the board's SSH. */
  async sshPort(): Promise<number> {
    const command = { 'command-line': 'info usernet' };
    const text = String(await this.#qmp.execute('human-monitor-command', command));
    const port = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    throw new EnvironmentError({
      who: 'the emulated board',
      what: 'QEMU does not say at which port of this machine it forwards SSH',
      lastSeen: text.trim(),
    });
  }

  /** Power is gone: nothing is asked, nothing is saved. */
  async cut(): Promise<void> {
    const kill = (): void => {
      try {
        process.kill(-this.#process.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    await this.#process.stop(kill);
  }
}
