// SPDX-License-Identifier: Apache-2.0
import type { LinuxAccess, RunningMachine } from '../boards/board.ts';
import { consoleFacts } from '../console/console-facts.ts';
import type { Console } from '../console/console.ts';
import type { PowerSwitch } from '../power/power-switch.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { BoardLost, castsDoubtOnBoard, findCause } from './blame.ts';
import type { BoardConsoles } from './board-consoles.ts';
import { findChangedLine } from './changed-line.ts';
import type { PowerWatch } from './power-watch.ts';

/** How long a switch may take at the end. */
const offMs = 30_000;

/** A board with Xen started on it. */
export class PhysicalMachine implements RunningMachine {
  readonly console: Console;
  readonly fate: Fate;
  readonly memory = undefined;
  readonly processors = undefined;
  readonly linux: LinuxAccess | undefined;
  readonly #facts: Readonly<Record<string, string>>;
  /** {@link RunningMachine.leave}. */
  readonly leave?: (memo?: string) => Promise<void>;
  readonly #who: string;
  readonly #run: string;
  readonly #consoles: BoardConsoles;
  readonly #power: PowerSwitch;
  readonly #powerWatch: PowerWatch;
  #noted: Promise<void> = Promise.resolve();
  #disposed: Promise<void> | undefined;

  constructor(parts: {
    who: string;
    /** The nonce of its probes' records. */
    run: string;
    consoles: BoardConsoles;
    fate: Fate;
    power: PowerSwitch;
    powerWatch: PowerWatch;
    linux: LinuxAccess | undefined;
    facts: Readonly<Record<string, string>>;
    /** Notes it, and its line's damage, for a later worker; absent where it cannot outlive this one. */
    leave?: ((memo: string, damage: readonly string[]) => Promise<void>) | undefined;
  }) {
    this.#who = parts.who;
    this.#run = parts.run;
    this.#consoles = parts.consoles;
    this.console = parts.consoles.main;
    this.fate = parts.fate;
    this.#power = parts.power;
    this.#powerWatch = parts.powerWatch;
    this.linux = parts.linux;
    this.#facts = parts.facts;
    const { leave } = parts;
    if (leave !== undefined)
      this.leave = (memo = '') => this.#leave(() => leave(memo, this.console.damage));
  }

  /** {@link RunningMachine.facts}; with what its consoles and its line gave to think until now. */
  get facts(): Readonly<Record<string, string>> {
    return { ...this.#facts, ...consoleFacts(this.console, this.#consoles.others) };
  }

  /** Has `note` done before the machine's end, if the machine ends so that its board is in doubt. */
  onDoubt(note: (error: Error) => Promise<void>): void {
    this.fate.onDoom((error) => {
      if (castsDoubtOnBoard(error)) this.#noted = note(error);
    });
  }

  /** {@link RunningMachine.examineLine}. */
  async examineLine(): Promise<EnvironmentError | undefined> {
    try {
      // A line that is away comes back, or ends the machine.
      if (!this.#consoles.whole) await this.#consoles.untilWhole(this.fate);
      await this.#powerWatch.look();
      this.fate.check();
    } catch (error) {
      return error instanceof EnvironmentError ? error : undefined;
    }
    const { damage, lines, transcript } = this.console;
    const odd = findChangedLine(lines, this.#run);
    const first = damage[0] ?? (odd && `line ${odd.number} is ${JSON.stringify(odd.text)}`);
    if (first === undefined) return undefined;
    return new EnvironmentError({
      who: this.#who,
      what: 'its line loses or changes what is said on it',
      lastSeen: first,
      where: transcript.files.lines,
      remedy: 'look at `pacing` and rate of the line, its adapter and its cable',
    });
  }

  /** Turns the board off, then closes its consoles. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  /** {@link PhysicalMachine.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #leave(note: () => Promise<void>): Promise<void> {
    await this.#powerWatch[Symbol.asyncDispose]();
    // What comes while nobody listens is kept by the station.
    await this.#consoles.dispose();
    try {
      await note();
    } catch (error) {
      // Nobody would know of it: it does not stay on.
      await this.dispose().catch(() => undefined);
      throw error;
    }
    this.#disposed = Promise.resolve();
  }

  async #dispose(): Promise<void> {
    // What was lost is another's, or is turned off by what ended it.
    const lost = findCause(this.fate.error, BoardLost) !== undefined;
    await this.#powerWatch[Symbol.asyncDispose]();
    try {
      await this.#noted;
      await this.#power.off(Deadline.after(offMs)).catch((error: unknown) => {
        if (!lost) throw error;
      });
    } finally {
      await this.#consoles.dispose();
    }
  }
}
