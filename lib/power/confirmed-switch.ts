// SPDX-License-Identifier: Apache-2.0
import { withLock } from '../host/locks.ts';
import { makeStateDirectory } from '../host/state-directory.ts';
import { dirname } from 'node:path';
import { type Deadline, pause } from '../support/deadline.ts';
import {
  type Actuator,
  type ActuatorOptions,
  powerError,
  type PowerReading,
  word,
} from './actuator.ts';
import type { OffTime } from './off-time.ts';
import type { PowerState, PowerSwitch } from './power-switch.ts';

/** How long a board stays off, and a state may take to be there. */
export interface SwitchTiming {
  readonly minOffMs: number;
  readonly confirmMs: number;
}

const firstLookMs = 20;
const slowestLookMs = 500;

/** A switch that is asked whether it has switched, and that leaves a board off for long enough. */
export class ConfirmedSwitch implements PowerSwitch {
  readonly who: string;
  readonly #actuator: Actuator;
  readonly #options: ActuatorOptions;
  readonly #timing: SwitchTiming;
  readonly #offTime: OffTime;
  readonly #lock: string;

  constructor(
    actuator: Actuator,
    options: ActuatorOptions,
    memory: { readonly offTime: OffTime; readonly lock: string },
    timing: SwitchTiming,
  ) {
    this.who = options.who;
    this.#actuator = actuator;
    this.#options = options;
    this.#offTime = memory.offTime;
    this.#lock = memory.lock;
    this.#timing = timing;
  }

  on(deadline: Deadline): Promise<void> {
    return this.#alone(deadline, async () => {
      const now = (await this.#actuator.read?.(deadline))?.state ?? 'unknown';
      const leftMs = this.#offTime.leftMs(this.#timing.minOffMs, now);
      if (leftMs > deadline.leftMs) throw this.#tooEarly(leftMs, deadline);
      if (leftMs > 0) await pause(leftMs);
      await this.#actuator.set(true, deadline);
      await this.#confirm(true, deadline);
      this.#offTime.note('on');
    });
  }

  off(deadline: Deadline): Promise<void> {
    return this.#alone(deadline, async () => {
      // Whoever comes after a crash here has to know that the time of the off is not known.
      this.#offTime.note('going-off');
      await this.#actuator.set(false, deadline);
      await this.#confirm(false, deadline);
      this.#offTime.note('off');
    });
  }

  async state(deadline: Deadline): Promise<PowerState> {
    return (await this.#actuator.read?.(deadline))?.state ?? 'unknown';
  }

  #alone(deadline: Deadline, work: () => Promise<void>): Promise<void> {
    makeStateDirectory(dirname(this.#lock));
    return withLock(this.#lock, { deadline }, work);
  }

  async #confirm(on: boolean, deadline: Deadline): Promise<void> {
    const { read } = this.#actuator;
    if (read === undefined) return;
    const bound = deadline.within(this.#timing.confirmMs);
    let looks = 0;
    for (let waitMs = firstLookMs; ; waitMs = Math.min(slowestLookMs, waitMs * 2)) {
      const reading = await read(deadline);
      looks++;
      if (reading === undefined || reading.state === word(on)) return;
      if (bound.passed) throw this.#doesNotSwitch(on, reading, looks, bound);
      await pause(Math.min(waitMs, bound.leftMs));
    }
  }

  #doesNotSwitch(on: boolean, reading: PowerReading, looks: number, bound: Deadline): Error {
    const found =
      reading.state === 'unknown' ? 'reads back neither on nor off' : `reads back ${reading.state}`;
    return powerError(this.#options, {
      what: `was turned ${word(on)}, but ${found}`,
      reached: `read back ${looks} times within ${Math.round(bound.budgetMs)} ms`,
      lastSeen: reading.seen,
      remedy: `try by hand whether it switches: ${this.#actuator.byHand(on)}`,
    });
  }

  #tooEarly(leftMs: number, deadline: Deadline): Error {
    return powerError(this.#options, {
      what: `has to stay off for another ${Math.ceil(leftMs)} ms, but only ${Math.round(deadline.leftMs)} ms are left`,
      remedy: 'give the stage power a larger budget in the lab file, or a smaller minOffMs',
    });
  }
}
