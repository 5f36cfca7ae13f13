// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { RunningMachine } from '../boards/board.ts';
import { Console, type Transport } from '../console/console.ts';
import { Transcript } from '../console/transcript.ts';
import { describeEnd, type OwnedProcess, type ProcessEnd } from '../host/processes.ts';
import { EnvironmentError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import { GdbStub } from './gdb-stub.ts';
import { GuestRam } from './guest-ram.ts';
import { Qmp } from './qmp.ts';
import { ramBank } from './virt.ts';

interface MachineFacts {
  readonly who: string;
  readonly fate: Fate;
  readonly machine: PlannedMachine;
  readonly evidence: string;
  readonly transport?: ((inner: Transport) => Transport) | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

/** A QEMU process with a system in it. */
export class QemuMachine implements RunningMachine {
  readonly console: Console;
  readonly fate: Fate;
  readonly facts: Readonly<Record<string, string>>;
  readonly qmp: Qmp;
  readonly processors: GdbStub;
  readonly #process: OwnedProcess;
  readonly #bank: ReturnType<typeof ramBank>;
  readonly #who: string;
  #ram: GuestRam | undefined;
  #disposing = false;
  #reset = false;

  /** Takes over a process that was just started; from here on it is the machine's to end. */
  constructor(process: OwnedProcess, machine: MachineFacts) {
    this.#process = process;
    this.#who = machine.who;
    this.#bank = ramBank(machine.machine.memory);
    this.fate = machine.fate;
    this.facts = machine.facts;
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
    void process.ended.then((end) => {
      if (!this.#disposing) this.fate.doom(this.#epitaph(end));
    });
  }

  /** Opened on first use: the memfd exists once QEMU has made its machine. */
  get memory(): GuestRam {
    this.#ram ??= GuestRam.open(this.#process.pid, this.#bank);
    return this.#ram;
  }

  get pid(): number {
    return this.#process.pid;
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
