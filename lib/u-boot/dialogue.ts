// SPDX-License-Identifier: Apache-2.0
import type { Console } from '../console/console.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { UBootProfile } from './profile.ts';

/** U-Boot's line editor throws the line away at Ctrl-C and prompts anew (common/cli_hush.c). */
const interrupt = '\x03';
/** How often a line is typed before the console counts as unusable. */
const attempts = 8;
const lateMark = new Error('late');

/** How long U-Boot is quiet before it counts as having said all, in milliseconds. */
export interface DialogueTiming {
  /** After what was typed: an echo comes at once. */
  readonly echoQuietMs: number;
  /** While a command runs. */
  readonly runQuietMs: number;
}

export const defaultTiming: DialogueTiming = { echoQuietMs: 250, runQuietMs: 4000 };

/** Typing at U-Boot's prompt so that nothing is run which did not arrive whole. */
export class Dialogue {
  readonly #who: string;
  readonly #console: Console;
  readonly #profile: UBootProfile;
  readonly timing: DialogueTiming;

  constructor(who: string, console: Console, profile: UBootProfile, timing: DialogueTiming) {
    this.#who = who;
    this.#console = console;
    this.#profile = profile;
    this.timing = timing;
  }

  /** Number of the line that is not finished yet. */
  get here(): number {
    return this.#console.transcript.lines.length + 1;
  }

  /** Whether the unfinished line is the prompt and nothing else. */
  get atPrompt(): boolean {
    return this.#console.transcript.partial === this.#profile.prompt;
  }

  /** Whether this may be the rest of a prompt into which a message came. */
  get atTornPrompt(): boolean {
    const { partial, lines } = this.#console.transcript;
    const word = this.#profile.prompt.trimEnd();
    const rest = partial.trimEnd();
    const within = rest === '' && lines.at(-1)?.text.startsWith(word) === true;
    return !this.atPrompt && (within || rest.endsWith(word.slice(-1)));
  }

  /** Has U-Boot throw its line away and prompt anew. */
  askAnew(): void {
    this.#console.write(interrupt);
  }

  /** Text from line `first` on, the unfinished one too. */
  since(first: number): string[] {
    const { lines, partial } = this.#console.transcript;
    return [...lines.slice(first - 1).map(({ text }) => text), partial];
  }

  /** Waits for `look`, no longer than until the console has been quiet for `quietMs`. */
  async untilQuiet<T>(
    look: () => T | undefined,
    quietMs: number,
    deadline: Deadline,
  ): Promise<T | undefined> {
    const { transcript } = this.#console;
    for (;;) {
      const seen = transcript.bytes;
      const coming = this.#console.waitUntil(look, {
        deadline: deadline.within(quietMs),
        late: () => lateMark,
      });
      const found = await coming.catch((error: unknown) => {
        if (error !== lateMark) throw error;
        return undefined;
      });
      if (found !== undefined || transcript.bytes === seen) return found;
      if (deadline.passed) return undefined;
    }
  }

  /** Throws away what is on the line until there is a clean prompt that stays. */
  async cleanPrompt(deadline: Deadline, wanted: string): Promise<void> {
    for (let attempt = 0; attempt < attempts && !deadline.passed; attempt++) {
      const first = this.here;
      this.#console.write(interrupt);
      const anew = (): true | undefined => (this.atPrompt && this.here > first ? true : undefined);
      const came = await this.untilQuiet(anew, this.timing.echoQuietMs, deadline);
      if (came === true && (await this.#stays(deadline))) return;
    }
    throw this.error(`gave no prompt ${JSON.stringify(this.#profile.prompt)}: wanted ${wanted}`);
  }

  /** The prompt is at the end, and nothing comes after it. */
  async #stays(deadline: Deadline): Promise<boolean> {
    const before = this.#console.transcript.bytes;
    const more = (): true | undefined =>
      this.#console.transcript.bytes > before ? true : undefined;
    const came = await this.untilQuiet(more, this.timing.echoQuietMs / 5, deadline);
    return came === undefined && this.atPrompt;
  }

  /**
   * Types `line` without its end until its echo is right.
   * @returns the number of the line that it stands on.
   */
  async type(line: string, deadline: Deadline): Promise<number> {
    const whole = `${this.#profile.prompt}${line}`;
    for (let attempt = 0; attempt < attempts && !deadline.passed; attempt++) {
      if (!this.atPrompt || attempt > 0) await this.cleanPrompt(deadline, line);
      const at = this.here;
      this.#console.write(line);
      const echoed = (): true | undefined =>
        this.#console.transcript.partial === whole ? true : undefined;
      const came = await this.untilQuiet(echoed, this.timing.echoQuietMs, deadline);
      if (came === true) return this.here;
      const { partial } = this.#console.transcript;
      // What is only late begins as it should; a message that comes between has a line of its own.
      if (this.here === at && !whole.startsWith(partial))
        this.#console.noteDamage(`U-Boot echoed ${partial}`);
    }
    throw this.error(`did not echo what was typed as it was: ${line}`);
  }

  /**
   * Ends the line that {@link type} typed, once: where nothing shows that it was taken, a blank
   * tells whether the line still stands there.
   */
  async enter(line: string, at: number, deadline: Deadline): Promise<void> {
    const whole = `${this.#profile.prompt}${line}`;
    for (let attempt = 0; attempt < attempts && !deadline.passed; attempt++) {
      this.#console.write('\r');
      const taken = (): true | undefined =>
        this.here > at || !this.#console.transcript.partial.startsWith(whole) ? true : undefined;
      const moved = await this.untilQuiet(taken, this.timing.echoQuietMs, deadline);
      if (moved === true) return;
      const before = this.#console.transcript.partial;
      this.#console.write(' ');
      const longer = (): true | undefined =>
        this.#console.transcript.partial === `${before} ` || this.here > at ? true : undefined;
      await this.untilQuiet(longer, this.timing.echoQuietMs, deadline);
      // No echo: it runs without a word, or the blank was lost; a second newline might run it twice.
      if (this.#console.transcript.partial !== `${before} ` || this.here > at) return;
    }
  }

  error(what: string): EnvironmentError {
    const { transcript } = this.#console;
    return new EnvironmentError({
      who: this.#who,
      what: `U-Boot ${what}`,
      reached: `${transcript.lines.length} lines, ${transcript.bytes} bytes`,
      lastSeen: transcript.tail(12),
      where: transcript.files.lines,
      remedy:
        'look at what the console really said; characters that are lost call for `pacing` of the line, wrong ones for its rate',
    });
  }

  send(text: string): void {
    this.#console.write(text);
  }
}
