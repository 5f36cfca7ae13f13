// SPDX-License-Identifier: Apache-2.0
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Console } from '../console/console.ts';
import { Transcript } from '../console/transcript.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import type { BoardAccess } from './board-access.ts';

const filesOf = (evidence: string, name: string): { raw: string; lines: string } => {
  const stem = join(evidence, name === 'main' ? 'console' : `console-${name}`);
  return { raw: `${stem}.raw`, lines: `${stem}.log` };
};

/** A transient line that went away may take so long to be there again: USB is enumerated anew. */
const returnMs = 10_000;

/**
 * All consoles of a board, open before it has power so that no first byte is missed. The main one
 * is Xen's; of the others a transcript is kept.
 */
export class BoardConsoles implements AsyncDisposable {
  readonly main: Console;
  readonly #lines: readonly SerialLine[];
  readonly #others: readonly Transcript[];
  readonly #names: readonly string[];
  readonly #evidence: string;
  #closing = false;

  private constructor(parts: {
    main: Console;
    lines: readonly SerialLine[];
    others: readonly Transcript[];
    names: readonly string[];
    evidence: string;
  }) {
    this.main = parts.main;
    this.#lines = parts.lines;
    this.#others = parts.others;
    this.#names = parts.names;
    this.#evidence = parts.evidence;
  }

  /** @throws EnvironmentError when a line is not there or somebody else has it. */
  static async open(
    who: string,
    access: BoardAccess,
    names: readonly string[],
    evidence: string,
    fate: Fate,
    deadline: Deadline,
  ): Promise<BoardConsoles> {
    const lines: SerialLine[] = [];
    try {
      for (const name of names) lines.push(await access.openConsole(name, deadline));
    } catch (error) {
      for (const line of lines) await line.dispose();
      throw error;
    }
    const named = names.map((name, index) => [name, lines[index]] as const);
    const others: Transcript[] = [];
    let main: Console | undefined;
    for (const [name, line] of named) {
      if (line === undefined) continue;
      const transcript = new Transcript(filesOf(evidence, name));
      if (name === 'main') main = new Console(who, line, transcript, fate);
      else {
        line.onData((chunk) => {
          transcript.append(chunk);
        });
        others.push(transcript);
      }
    }
    if (main === undefined) throw new EnvironmentError({ who, what: 'has no console main' });
    const consoles = new BoardConsoles({ main, lines, others, names, evidence });
    for (const line of lines) consoles.#watch(who, line, fate);
    return consoles;
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
    for (const transcript of this.#others) await transcript.close();
  }

  /** {@link BoardConsoles.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Puts the files of a boot aside by a name of their own, so that the next does not write over them. */
  async keepAs(what: string): Promise<void> {
    for (const name of this.#names)
      for (const path of Object.values(filesOf(this.#evidence, name)))
        await rename(path, path.replace(/\.(\w+)$/, `.${what}.$1`)).catch(() => undefined);
  }

  /** A line that is lost and does not come back ends the machine: nothing more is heard of it. */
  #watch(who: string, line: SerialLine, fate: Fate): void {
    let timer: NodeJS.Timeout | undefined;
    line.onState((state, why) => {
      clearTimeout(timer);
      if (state === 'open' || this.#closing) return;
      timer = setTimeout(() => {
        if (this.#closing) return;
        fate.doom(
          new EnvironmentError(
            {
              who,
              what: `the line ${line.name} is lost: ${why?.message ?? 'it went away'}`,
              lastSeen: this.main.transcript.tail(4),
              where: this.main.transcript.files.lines,
              remedy: 'look at the cable, the adapter (`dmesg`) and the serial server',
            },
            { cause: why },
          ),
        );
      }, returnMs);
      timer.unref();
    });
  }
}
