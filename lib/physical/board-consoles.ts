// SPDX-License-Identifier: Apache-2.0
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Capture } from '../console/capture.ts';
import { Console, type Transport } from '../console/console.ts';
import { Transcript } from '../console/transcript.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { BoardFault, BoardLost, findCause } from './blame.ts';
import type { BoardAccess } from './board-access.ts';

/** What is kept of a console: bytes, lines, and all that passed both ways with its time. */
export const consoleFilesOf = (
  evidence: string,
  name: string,
  what = '',
): { raw: string; lines: string; capture: string } => {
  const stem = join(evidence, `${name === 'main' ? 'console' : `console-${name}`}${what}`);
  return { raw: `${stem}.raw`, lines: `${stem}.log`, capture: `${stem}.capture.jsonl` };
};

/** Puts the files of a boot aside by a name of their own, so that the next does not write over them. */
export async function setAside(
  evidence: string,
  names: readonly string[],
  what: string,
): Promise<void> {
  for (const name of names) {
    const kept = consoleFilesOf(evidence, name, `.${what}`);
    for (const [kind, path] of Object.entries(consoleFilesOf(evidence, name)))
      await rename(path, kept[kind as keyof typeof kept]).catch(() => undefined);
  }
}

/** What a console said since the power-on of the machine that goes on. */
export type EarlierWords = (console: string) => Uint8Array;

/** A line whose listener hears `words`, and what has come since, before what comes. */
function saidBefore(line: SerialLine, words: Uint8Array): Transport {
  const waiting: Uint8Array[] = [words];
  const forget = line.onData((chunk) => {
    waiting.push(chunk);
  });
  return {
    onData: (listener) => {
      forget();
      for (const chunk of waiting) listener(chunk);
      line.onData(listener);
    },
    write: (bytes) => {
      line.write(bytes);
    },
  };
}

/** A line that went away may take so long to be there again: USB is enumerated anew. */
export const returnMs = 10_000;

/**
 * All consoles of a board, open before it has power so that no first byte is missed. The main one
 * is Xen's; a death or a reset on any of them ends the machine. Of each there is a capture.
 */
export class BoardConsoles implements AsyncDisposable {
  readonly main: Console;
  /** Those beside Xen's, by the lab file's name. */
  readonly others: ReadonlyMap<string, Console>;
  readonly #lines: readonly SerialLine[];
  readonly #captures: readonly Capture[];
  #closing = false;

  private constructor(parts: {
    main: Console;
    lines: readonly SerialLine[];
    others: ReadonlyMap<string, Console>;
    captures: readonly Capture[];
  }) {
    this.main = parts.main;
    this.#lines = parts.lines;
    this.others = parts.others;
    this.#captures = parts.captures;
  }

  /** @throws EnvironmentError when a line is not there or somebody else has it. */
  static async open(
    who: string,
    access: BoardAccess,
    names: readonly string[],
    evidence: string,
    fate: Fate,
    deadline: Deadline,
    earlier?: EarlierWords,
  ): Promise<BoardConsoles> {
    const lines: SerialLine[] = [];
    const heard: Transport[] = [];
    try {
      for (const name of names) {
        const line = await access.openConsole(name, deadline);
        lines.push(line);
        heard.push(earlier === undefined ? line : saidBefore(line, earlier(name)));
      }
    } catch (error) {
      for (const line of lines) await line.dispose();
      throw error;
    }
    const named = names.map((name, index) => [name, heard[index]] as const);
    const others = new Map<string, Console>();
    const captures: Capture[] = [];
    let main: Console | undefined;
    for (const [name, transport] of named) {
      if (transport === undefined) continue;
      const files = consoleFilesOf(evidence, name);
      const its = name === 'main' ? who : `${who}, console ${name}`;
      const capture = new Capture(files.capture, its);
      captures.push(capture);
      const console = new Console(
        its,
        capture.tap(transport),
        new Transcript(files),
        fate,
        (mark) => {
          capture.mark(mark);
        },
      );
      // Until it gets power for this boot, what is heard is another's.
      if (earlier === undefined) console.disregard();
      if (name === 'main') main = console;
      else others.set(name, console);
    }
    if (main === undefined) throw new EnvironmentError({ who, what: 'has no console main' });
    const consoles = new BoardConsoles({ main, lines, others, captures });
    for (const line of lines) consoles.#watch(who, line, fate);
    return consoles;
  }

  /** To be called with power off: what comes from now on is of the boot that follows. */
  beginEpoch(): void {
    for (const console of [this.main, ...this.others.values()]) console.beginEpoch();
  }

  /** Whether every line's far end is there. */
  get whole(): boolean {
    return this.#lines.every(({ state }) => state === 'open');
  }

  /** Closes lines and files. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    // The files last: a line's last bytes belong into them.
    for (const line of this.#lines) await line.dispose();
    await this.main.close();
    for (const console of this.others.values()) await console.close();
    // Of a full disk the main transcript tells.
    for (const capture of this.#captures) await capture.close().catch(() => undefined);
  }

  /** {@link BoardConsoles.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Settles once every line is there; rejects when one is lost for good. */
  async untilWhole(fate: Fate): Promise<void> {
    const back = (line: SerialLine): Promise<void> =>
      new Promise((resolve) => {
        if (line.state === 'open') resolve();
        line.onState((state) => {
          if (state === 'open') resolve();
        });
      });
    await fate.guard(Promise.all(this.#lines.map(back)));
  }

  /** A line that is lost and does not come back ends the machine: nothing more is heard of it. */
  #watch(who: string, line: SerialLine, fate: Fate): void {
    let timer: NodeJS.Timeout | undefined;
    let goneAtMs = 0;
    const lose = (why: Error | undefined): void => {
      if (!this.#closing) fate.doom(this.#lostLine(who, line, why));
    };
    line.onState((state, why) => {
      clearTimeout(timer);
      if (state === 'open') {
        const awayMs = Math.round(performance.now() - goneAtMs);
        if (goneAtMs > 0) this.main.noteDamage(`${line.name} was away for ${awayMs} ms`);
        return;
      }
      goneAtMs = performance.now();
      // Nobody brings back a board that is another's, or a line that goes once and for good.
      if (!line.comesBack || findCause(why, BoardLost) !== undefined) lose(why);
      else {
        timer = setTimeout(lose, returnMs, why);
        timer.unref();
      }
    });
  }

  #lostLine(who: string, line: SerialLine, why: Error | undefined): EnvironmentError {
    const { transcript } = this.main;
    const seen = { lastSeen: transcript.tail(4), where: transcript.files.lines };
    const lost = findCause(why, BoardLost);
    if (lost !== undefined) {
      const { lastSeen = '', ...story } = lost.story;
      const both = [lastSeen, seen.lastSeen].filter((text) => text !== '').join('\n');
      return new BoardLost({ ...story, lastSeen: both }, { cause: why });
    }
    const remedy = 'look at the cable, the adapter (`dmesg`) and the serial server';
    const what = `the line ${line.name} is lost: ${messageOf(why?.cause ?? why ?? 'it went away')}`;
    return new BoardFault({ who, what, ...seen, remedy }, { cause: why });
  }
}
