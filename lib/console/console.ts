// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { type Death, findBanner, findDeath } from '../xen/console-lines.ts';
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
  #banners = 0;
  #dying: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;

  constructor(who: string, transport: Transport, transcript: Transcript, fate = new Fate()) {
    this.#who = who;
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

  write(text: string): void {
    this.#transport.write(Buffer.from(text, 'latin1'));
  }

  /**
   * The first value that `match` makes of a line numbered above `after` (default: all lines).
   * Rejects when the system dies, or with what `late` makes when the deadline passes.
   */
  async waitFor<T>(
    match: (line: TranscriptLine) => T | undefined,
    options: { deadline: Deadline; late: () => Error; after?: number },
  ): Promise<T> {
    for (const line of this.transcript.lines.slice(options.after ?? 0)) {
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

  /** Closes the transcript. A death whose last words were still awaited is told with what came. */
  async close(): Promise<void> {
    await this.transcript.close();
    clearTimeout(this.#dying?.timer);
    this.#dying?.end();
  }

  #watch(line: TranscriptLine): void {
    if (this.#dying !== undefined) {
      if (lastWord.test(line.text)) this.#dying.end();
      return;
    }
    const death = findDeath(line.text);
    if (death?.fatal === true) this.#die(death, line);
    if (findBanner(line.text) !== undefined && ++this.#banners > 1)
      this.#die({ kind: 'xen-panic', fatal: true, text: 'Xen booted a second time' }, line);
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
      what: `Xen died: ${death.text}${panic ? ` ${cause}` : ''}`,
      lastSeen: after
        .slice(0, 12)
        .map(({ number, text }) => `${number}: ${text}`)
        .join('\n'),
      where: `${this.transcript.files.lines}:${line.number}`,
      remedy: 'read what Xen printed before it died; the generated device tree is beside the log',
    });
  }
}
