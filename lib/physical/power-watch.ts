// SPDX-License-Identifier: Apache-2.0
import type { Console } from '../console/console.ts';
import type { PowerState, PowerSwitch } from '../power/power-switch.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import { BoardFault, castsDoubtOnBoard } from './blame.ts';

/** A console that says nothing for so long has its board's switch asked, and again after as long. */
const usualSilenceMs = 2000;
/** How long a switch may take to say whether there is power. */
const stateMs = 10_000;

/**
 * Looks whether a board that was turned on still has power, as far as its switch can tell. While
 * its console is silent it looks by itself, and dooms the console's fate, which is the machine's:
 * whoever waits for the board need not wait for as long as a board with power may take.
 */
export class PowerWatch implements AsyncDisposable {
  readonly #who: string;
  readonly #power: PowerSwitch;
  readonly #console: Console;
  readonly #silenceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #on = false;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(who: string, power: PowerSwitch, console: Console, silenceMs = usualSilenceMs) {
    this.#who = who;
    this.#power = power;
    this.#console = console;
    this.#silenceMs = silenceMs;
  }

  /** From now on the board is to have power. */
  begin(): void {
    this.#on = true;
    this.#lookLater();
  }

  /** Nobody looks any more, nor is the switch being asked: the board is turned off. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#on = false;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Dooms the machine if its power is lost; says whether there is anything that tells. */
  async look(): Promise<boolean> {
    const lost = await this.#find();
    if (lost instanceof BoardFault && this.#on) this.#console.fate.doom(lost);
    return lost !== 'unknown';
  }

  /** What a boot that failed is to be told with: lost power, where that is why; else the error. */
  async explain(error: unknown): Promise<unknown> {
    if (!this.#on || !(error instanceof EnvironmentError) || !castsDoubtOnBoard(error))
      return error;
    const lost = await this.#find(error);
    return lost instanceof BoardFault ? lost : error;
  }

  #state(): Promise<PowerState> {
    const state = this.#power.state(Deadline.after(stateMs)).catch(() => 'unknown' as const);
    this.#looking = state;
    return state;
  }

  async #find(cause?: EnvironmentError): Promise<BoardFault | 'powered' | 'unknown'> {
    let state = await this.#state();
    // One wrong reading ends no machine.
    if (state === 'off') {
      await pause(this.#silenceMs / 2);
      if (this.#on) state = await this.#state();
    }
    if (state !== 'off') return state === 'on' ? 'powered' : 'unknown';
    const { transcript } = this.#console;
    const story = {
      who: this.#who,
      what: 'is without power, which this run did not turn off',
      reached: cause?.story.reached,
      lastSeen: transcript.tail(4),
      where: transcript.files.lines,
      remedy: 'look at its supply, and at who else uses its switch',
    };
    return new BoardFault(story, { cause });
  }

  #lookLater(): void {
    const { bytes } = this.#console.transcript;
    this.#timer = setTimeout(() => {
      void this.#lookIfSilent(bytes);
    }, this.#silenceMs);
    this.#timer.unref();
  }

  async #lookIfSilent(bytes: number): Promise<void> {
    const silent = this.#console.transcript.bytes === bytes;
    // A switch that cannot be read back, or does not answer, is not asked in vain again.
    if (silent && !(await this.look())) return;
    if (this.#on && this.#console.fate.error === undefined) this.#lookLater();
  }
}
