// SPDX-License-Identifier: Apache-2.0
import type { LinuxAccess, RunningMachine } from '../boards/board.ts';
import type { Console } from '../console/console.ts';
import type { PowerSwitch } from '../power/power-switch.ts';
import { Deadline } from '../support/deadline.ts';
import type { Fate } from '../support/fate.ts';
import type { BoardConsoles } from './board-consoles.ts';

/** How long a switch may take at the end. */
const offMs = 30_000;

/** A board with Xen started on it. */
export class PhysicalMachine implements RunningMachine {
  readonly console: Console;
  readonly fate: Fate;
  readonly memory = undefined;
  readonly processors = undefined;
  readonly linux: LinuxAccess | undefined;
  readonly facts: Readonly<Record<string, string>>;
  readonly #consoles: BoardConsoles;
  readonly #power: PowerSwitch;
  #disposed: Promise<void> | undefined;

  constructor(parts: {
    consoles: BoardConsoles;
    fate: Fate;
    power: PowerSwitch;
    linux: LinuxAccess | undefined;
    facts: Readonly<Record<string, string>>;
  }) {
    this.#consoles = parts.consoles;
    this.console = parts.consoles.main;
    this.fate = parts.fate;
    this.#power = parts.power;
    this.linux = parts.linux;
    this.facts = parts.facts;
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

  async #dispose(): Promise<void> {
    try {
      await this.#power.off(Deadline.after(offMs));
    } finally {
      await this.#consoles.dispose();
    }
  }
}
