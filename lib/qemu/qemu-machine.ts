// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { LinuxAccess, RunningMachine } from '../boards/board.ts';
import { dom0GuestPaths, dom0ProbePath } from '../boot-files/linux-images.ts';
import { consoleFacts } from '../console/console-facts.ts';
import { Console, type Transport } from '../console/console.ts';
import { Transcript } from '../console/transcript.ts';
import { describeEnd, type OwnedProcess, type ProcessEnd } from '../host/processes.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import type { SavedMachine } from './argv.ts';
import { GdbStub } from './gdb-stub.ts';
import { GuestRam } from './guest-ram.ts';
import { Qmp } from './qmp.ts';
import { savedFiles } from './snapshot-store.ts';
import { ramBank } from './virt.ts';

interface MachineFacts {
  readonly who: string;
  readonly fate: Fate;
  readonly machine: PlannedMachine;
  readonly evidence: string;
  /** What it goes on from: its RAM is a private mapping of the saved one's. */
  readonly saved?: SavedMachine | undefined;
  /** Whether a domain runs Linux. */
  readonly linux?: boolean;
  readonly transport?: ((inner: Transport) => Transport) | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

/** RAM in a file that is shared is not in the state: the file is kept as it is. */
const ignoreShared = { capability: 'x-ignore-shared', state: true };

/** A QEMU process with a system in it. */
export class QemuMachine implements RunningMachine {
  readonly console: Console;
  readonly fate: Fate;
  readonly #facts: Readonly<Record<string, string>>;
  readonly qmp: Qmp;
  readonly processors: GdbStub;
  readonly linux: LinuxAccess | undefined;
  readonly #process: OwnedProcess;
  readonly #bank: ReturnType<typeof ramBank>;
  readonly #who: string;
  readonly #ramFile: string | undefined;
  #ram: GuestRam | undefined;
  #disposing = false;
  #reset = false;

  /** {@link RunningMachine.facts}; with what its console gave to think until now. */
  get facts(): Readonly<Record<string, string>> {
    return { ...this.#facts, ...consoleFacts(this.console) };
  }

  /** Takes over a process that was just started; from here on it is the machine's to end. */
  constructor(process: OwnedProcess, machine: MachineFacts) {
    this.#process = process;
    this.#who = machine.who;
    this.#ramFile = machine.saved?.ram;
    this.#bank = ramBank(machine.machine.memory);
    this.fate = machine.fate;
    this.#facts = machine.facts;
    process.stdin.on('error', () => undefined); // The process's end tells the story.
    const transcript = new Transcript({
      raw: join(machine.evidence, 'console.raw'),
      lines: join(machine.evidence, 'console.log'),
    });
    const transport: Transport = {
      onData: (listener) => process.stdout.on('data', listener),
      write: (bytes) => process.stdin.write(bytes),
    };
    const { transport: wrap = (inner: Transport): Transport => inner } = machine;
    this.console = new Console(machine.who, wrap(transport), transcript, machine.fate);
    this.qmp = new Qmp(process.socket(0), machine.fate);
    this.qmp.onEvent((event, data) => {
      if (event === 'SHUTDOWN' && data['guest'] === true) this.#reset = true;
    });
    this.processors = new GdbStub({
      socket: process.socket(1),
      fate: machine.fate,
      kind: `${machine.facts['qemu-version'] ?? ''} ${machine.machine.cpu} ${machine.machine.gic}`,
      attach: async () => {
        const command = { 'command-line': 'gdbserver chardev:gdb' };
        await this.qmp.execute('human-monitor-command', command);
      },
    });
    if (machine.saved !== undefined) this.#restore(machine.saved);
    this.linux = machine.linux === true ? this.#linuxAccess() : undefined;
    void process.ended.then((end) => {
      if (!this.#disposing) this.fate.doom(this.#epitaph(end));
    });
  }

  /** Opened on first use: the memfd exists once QEMU has made its machine. */
  get memory(): GuestRam {
    this.#ram ??= GuestRam.open(this.#process.pid, this.#bank, this.#ramFile);
    return this.#ram;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Has QEMU load the state. It ends with an error when it cannot. */
  #restore({ state }: SavedMachine): void {
    const refused = (error: unknown): void => {
      this.fate.doom(error as Error);
    };
    this.qmp.execute('migrate-set-capabilities', { capabilities: [ignoreShared] }).catch(refused);
    this.qmp.execute('migrate-incoming', { uri: `file:${state}` }).catch(refused);
  }

  /**
   * Has QEMU write all of the machine but its RAM into `directory`; it stands still from then on.
   * @throws EnvironmentError when QEMU or the disk does not take it, or not by the deadline.
   */
  async save(directory: string, deadline: Deadline): Promise<void> {
    await this.qmp.execute('migrate-set-capabilities', { capabilities: [ignoreShared] });
    await this.qmp.execute('migrate', { uri: `file:${join(directory, savedFiles.state)}` });
    for (;;) {
      const { status, 'error-desc': why } = (await this.qmp.execute('query-migrate')) as {
        status?: string;
        'error-desc'?: string;
      };
      if (status === 'completed') break;
      if (status === 'failed' || status === 'cancelled' || deadline.passed)
        throw new EnvironmentError({
          who: this.#who,
          what: `QEMU could not save the machine: ${why ?? status ?? 'it does not say why'}`,
          reached: deadline.passed ? 'its time is over' : undefined,
          where: directory,
        });
      await pause(10);
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposing) return;
    this.#disposing = true;
    // QEMU has nothing to save: its RAM is a memfd, its console is in our hands.
    const end = await this.#process.stop();
    if (this.#endedByItself(end)) this.fate.doom(this.#epitaph(end));
    await this.console.close();
    this.#ram?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #linuxAccess(): LinuxAccess {
    const control = this.#process.socket(2);
    control.on('error', () => undefined); // The process's end tells the story.
    return {
      control,
      probePath: dom0ProbePath,
      guestPaths: dom0GuestPaths,
      sshAddress: async () => {
        const command = { 'command-line': 'info usernet' };
        const text = String(await this.qmp.execute('human-monitor-command', command));
        // TCP[HOST_FORWARD] descriptor, 127.0.0.1, port, guest's address, port.
        const port = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(text)?.[1];
        if (port === undefined)
          throw new EnvironmentError({
            who: this.#who,
            what: 'QEMU does not say at which port of this machine it forwards SSH',
            lastSeen: text.trim(),
          });
        return { host: '127.0.0.1', port: Number(port) };
      },
    };
  }

  /** Whether the end came just before ours: on SIGTERM QEMU exits with code 0. */
  #endedByItself({ code, signal }: ProcessEnd): boolean {
    if (this.#process.killed) return false;
    return this.#reset || (signal === null ? code !== 0 : signal !== 'SIGTERM');
  }

  #epitaph(end: ProcessEnd): Error {
    const { transcript } = this.console;
    const where = `${transcript.files.lines}:${transcript.lines.length}`;
    const lastSeen = transcript.tail(6);
    if (this.#reset)
      return new SubjectError({
        who: this.#who,
        what: 'the system reset or powered itself off',
        lastSeen,
        where,
        remedy: 'look for the cause above the last line',
      });
    return new EnvironmentError({
      who: this.#who,
      what: `QEMU ended by itself: ${describeEnd(end)}`,
      lastSeen: [this.#process.stderr.trim(), lastSeen].filter((text) => text !== '').join('\n'),
      where,
      remedy:
        'if QEMU was killed, look for what killed it (memory: `dmesg`); else report its error',
    });
  }
}
