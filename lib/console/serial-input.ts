// SPDX-License-Identifier: Apache-2.0
import { Deadline, pause } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { findFocus } from '../xen/console-lines.ts';
import type { Console } from './console.ts';

/** A domain that never ends its line is cut off after so long. */
const settleMs = 2000;

/** How long Xen has to take them before they are pressed again. */
const keysMs = 2000;
/** How long it may take in all to give the input back to Xen. */
const returnMs = 2 * keysMs;

/** Three of them move the focus of serial input on (xen/drivers/char/console.c). */
const switchKeys = '\x01\x01\x01';

/**
 * Who gets what is typed on the machine's one serial port. Xen keeps it unless a line is to go to
 * a domain; while a domain has it, that domain's output comes without a prefix.
 */
export class SerialInput {
  readonly #console: Console;
  readonly #who: string;
  #focus: number | 'xen';
  #queue: Promise<unknown> = Promise.resolve();

  /** `focus`: who had it after the lines that have come until now. */
  constructor(who: string, console: Console, focus: number | 'xen' = 'xen') {
    this.#who = who;
    this.#console = console;
    this.#focus = focus;
    console.transcript.onLine(({ text }) => {
      this.#focus = findFocus(text) ?? this.#focus;
    });
  }

  /** The domid that input goes to, or `'xen'`. */
  get focus(): number | 'xen' {
    return this.#focus;
  }

  /**
   * Runs `work` alone, with the focus on `domid`, and gives it back to Xen once the domain's line is
   * whole and nothing came for `quietMs`: Xen would write into the middle of it.
   */
  async whileOn<T>(
    domid: number,
    deadline: Deadline,
    work: () => Promise<T>,
    quietMs = 0,
  ): Promise<T> {
    const turn = this.#queue
      .catch(() => undefined)
      .then(async () => {
        await this.#move(domid, deadline);
        const back = async (): Promise<void> => {
          await this.#settle(quietMs);
          await this.#move('xen', Deadline.after(returnMs));
        };
        const done = await work().catch(async (error: unknown) => {
          // What failed first is what is told.
          await back().catch(() => undefined);
          throw error;
        });
        await back();
        return done;
      });
    this.#queue = turn;
    return turn;
  }

  /** Types `text`: what a guest has no room for is lost. */
  type(text: string): void {
    this.#console.write(text);
  }

  async #settle(quietMs: number): Promise<void> {
    const { transcript, fate } = this.#console;
    const limit = Deadline.after(settleMs);
    let quiet = Deadline.after(quietMs);
    let { bytes } = transcript;
    while (!(quiet.passed && transcript.partial === '') && !limit.passed) {
      if (fate.error !== undefined) return;
      await pause(1);
      if (transcript.bytes !== bytes) quiet = Deadline.after(quietMs);
      ({ bytes } = transcript);
    }
  }

  /** Steps the focus on until it is where it is wanted. */
  async #move(to: number | 'xen', deadline: Deadline): Promise<void> {
    while (this.#focus !== to) {
      const after = this.#console.transcript.lines.length;
      this.#console.write(switchKeys);
      const late = new Error('late');
      const moved = this.#console.waitFor((line) => findFocus(line.text), {
        deadline: deadline.within(keysMs),
        after,
        late: () => late,
      });
      const told = await moved.catch((error: unknown) => {
        if (error !== late) throw error;
        return undefined;
      });
      // Keys may be lost on a line, and Xen's word that it took them: it is moved on once more.
      if (told === undefined && deadline.passed)
        throw new SubjectError({
          who: this.#who,
          what: `Xen did not move its serial input to ${to === 'xen' ? 'itself' : `d${to}`}`,
          lastSeen: this.#console.transcript.tail(4),
          where: this.#console.transcript.files.lines,
        });
    }
  }
}
