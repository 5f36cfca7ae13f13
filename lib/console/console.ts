// SPDX-License-Identifier: Apache-2.0
import { type Deadline, pause } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import type { CaptureMark } from './capture.ts';
import {
  type BootProgram,
  bootProgramNames,
  findWarning,
  ResetWatch,
} from '../xen/boot-banners.ts';
import { type Death, findDeath } from '../xen/console-lines.ts';
import type { Transcript, TranscriptLine } from './transcript.ts';

/** Bytes to and from a machine: a pipe, a serial port, a socket. */
export interface Transport {
  onData(listener: (chunk: Uint8Array) => void): void;
  write(bytes: Uint8Array): void;
}

/** After a death Xen still prints its cause and registers; this is how long they are awaited. */
const lastWordsMs = 150;
/** The line with which Xen has said all: xen/drivers/char/console.c, panic. */
export const lastWord = /Reboot in five seconds|Manual reset required|'noreboot' set/;

function secondBoot(program: BootProgram): string {
  return program === 'xen'
    ? 'Xen booted a second time'
    : `unexpected reset: ${bootProgramNames[program]} started again`;
}

/** Who died, where the line itself does not say. */
function subjectOf({ kind }: Death): string {
  if (kind === 'reset' || kind === 'u-boot-abort') return '';
  return kind === 'tf-a-panic' ? 'Trusted Firmware died: ' : 'Xen died: ';
}

/**
 * A machine's console with one owner: keeps the transcript, finds lines for those who wait, and
 * watches for death lines and a second boot from the first byte to the last.
 */
export class Console {
  readonly transcript: Transcript;
  /** Ends when the system behind the console has died. */
  readonly fate: Fate;
  readonly #transport: Transport;
  readonly #who: string;
  readonly #resets = new ResetWatch();
  readonly #warnings: TranscriptLine[] = [];
  readonly #damage: string[] = [];
  readonly #marks: (mark: CaptureMark) => void;
  #resetsUntilMs = -Infinity;
  /** How many lines are of an earlier epoch. */
  #earlier = 0;
  #judges = true;
  #dying: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;

  /** `marks` is told of what the host says about the machine, for a capture. */
  constructor(
    who: string,
    transport: Transport,
    transcript: Transcript,
    fate = new Fate(),
    marks: (mark: CaptureMark) => void = () => undefined,
  ) {
    this.#who = who;
    this.#marks = marks;
    this.#transport = transport;
    this.transcript = transcript;
    this.fate = fate;
    transcript.onLine((line) => {
      this.#watch(line);
    });
    transport.onData((chunk) => {
      transcript.append(chunk);
    });
  }

  /**
   * Has what comes until the next epoch be kept and not judged: it is said by a boot that this run
   * has not made, on a board that was left on or in what a serial server had still to deliver.
   */
  disregard(): void {
    this.#judges = false;
  }

  /**
   * Within `windowMs` from now one reset of the machine is wanted: its first banner begins a new
   * epoch instead of ending the run.
   */
  expectReset(windowMs: number): void {
    this.#marks({ kind: 'expect-reset', windowMs });
    this.#resetsUntilMs = this.transcript.nowMs + windowMs;
  }

  /**
   * A new epoch, as at power-on: what was seen before is another boot's. It says nothing about
   * resets, and nobody who waits takes it for what they wait for.
   */
  beginEpoch(): void {
    this.#marks({ kind: 'epoch' });
    this.transcript.breakLine();
    this.#earlier = this.transcript.lines.length;
    this.#resets.renew();
    this.#judges = true;
  }

  /** The lines of this epoch. */
  get lines(): readonly TranscriptLine[] {
    return this.transcript.lines.slice(this.#earlier);
  }

  /** The number of this epoch's first line. */
  get firstLine(): number {
    return this.#earlier + 1;
  }

  /** Whether nothing has come for `quietMs`, by the deadline. */
  async isQuiet(quietMs: number, deadline: Deadline): Promise<boolean> {
    for (;;) {
      const { bytes } = this.transcript;
      await pause(Math.min(quietMs, deadline.leftMs));
      if (this.transcript.bytes === bytes) return true;
      if (deadline.passed) return false;
    }
  }

  /**
   * Settles at once while nothing died; else rejects with the death as soon as it is told. Whoever
   * fails asks this first, so that the cause is named and not what followed from it.
   */
  async provedAlive(): Promise<void> {
    if (this.#dying !== undefined) await this.fate.guard(new Promise<never>(() => undefined));
    this.fate.check();
  }

  /** Lines that say that characters were lost, or that Xen is not content. */
  get warnings(): readonly TranscriptLine[] {
    return this.#warnings;
  }

  /** What shows that the line to the machine loses or changes bytes, or was away; oldest first. */
  get damage(): readonly string[] {
    return this.#damage;
  }

  /** Notes what shows that the line is damaged. */
  noteDamage(what: string): void {
    this.#damage.push(what);
  }

  write(text: string): void {
    this.#transport.write(Buffer.from(text, 'latin1'));
  }

  /**
   * The first value that `match` makes of a line numbered above `after` (default: all of this epoch).
   * Rejects when the system dies, or with what `late` makes when the deadline passes.
   */
  async waitFor<T>(
    match: (line: TranscriptLine) => T | undefined,
    options: { deadline: Deadline; late: () => Error; after?: number },
  ): Promise<T> {
    for (const line of this.transcript.lines.slice(options.after ?? this.#earlier)) {
      const found = match(line);
      if (found !== undefined) return found;
    }
    let forget = (): void => undefined;
    const coming = new Promise<T>((resolve) => {
      const remove = this.transcript.onLine((line) => {
        const found = match(line);
        if (found !== undefined) resolve(found);
      });
      forget = (): void => {
        remove();
      };
    });
    try {
      return await options.deadline.bound(this.fate.guard(coming), options.late);
    } finally {
      forget();
    }
  }

  /**
   * The first value that `look` makes of the transcript, its unfinished line too: looked at now
   * and after each piece that comes. Rejects as {@link waitFor} does.
   */
  async waitUntil<T>(
    look: () => T | undefined,
    options: { deadline: Deadline; late: () => Error },
  ): Promise<T> {
    let forget = (): void => undefined;
    const coming = new Promise<T>((resolve) => {
      const now = (): void => {
        const found = look();
        if (found !== undefined) resolve(found);
      };
      forget = this.transcript.onChange(now);
      now();
    });
    try {
      return await options.deadline.bound(this.fate.guard(coming), options.late);
    } finally {
      forget();
    }
  }

  /** Closes the transcript. A death whose last words were still awaited is told with what came. */
  async close(): Promise<void> {
    await this.transcript.close();
    clearTimeout(this.#dying?.timer);
    this.#dying?.end();
  }

  #watch(line: TranscriptLine): void {
    if (!this.#judges) return;
    if (this.#dying !== undefined) {
      if (lastWord.test(line.text)) this.#dying.end();
      return;
    }
    const death = findDeath(line.text);
    if (death?.fatal === true) this.#die(death, line);
    if (findWarning(line.text) !== undefined) this.#warnings.push(line);
    const again = this.#resets.take(line.text);
    if (again === undefined) return;
    if (line.atMs <= this.#resetsUntilMs) {
      this.#resetsUntilMs = -Infinity;
      this.#earlier = line.number - 1;
      return;
    }
    this.#die({ kind: 'reset', fatal: true, text: secondBoot(again) }, line);
  }

  #die(death: Death, line: TranscriptLine): void {
    const end = (): void => {
      this.fate.doom(this.#lastWords(death, line));
    };
    this.#dying = { timer: setTimeout(end, lastWordsMs), end };
  }

  #lastWords(death: Death, line: TranscriptLine): SubjectError {
    const after = this.transcript.lines.slice(line.number - 1);
    const cause = after
      .map(({ text }) => text.replace(/^\(XEN\) /, ''))
      .find((text) => text !== '' && !/^\*+$/.test(text) && !text.includes(death.text));
    const panic = death.kind === 'xen-panic' && cause !== undefined;
    return new SubjectError({
      who: this.#who,
      what: `${subjectOf(death)}${death.text}${panic ? ` ${cause}` : ''}`,
      lastSeen: after
        .slice(0, 12)
        .map(({ number, text }) => `${number}: ${text}`)
        .join('\n'),
      where: `${this.transcript.files.lines}:${line.number}`,
      remedy: 'read what Xen printed before it died; the generated device tree is beside the log',
    });
  }
}
