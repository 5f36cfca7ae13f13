// SPDX-License-Identifier: Apache-2.0
import type { BoardAccess } from '../physical/board-access.ts';
import { BoardLost } from '../physical/blame.ts';
import { pauseUnless } from '../serial/pause-unless.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { escapeCommands, type EscapeKey, EscapeReader } from './escape-keys.ts';
import { interruption } from './interruption.ts';

/** Switching takes this long at most, the off-time apart. */
const switchMs = 60_000;

/** Says something beside what the board prints. */
export function say(text: string): void {
  process.stderr.write(`\r\n[${text.replaceAll('\n', '\r\n')}]\r\n`);
}

/** Has the terminal give each key as it is typed while `work` lasts. */
async function inRawMode(work: () => Promise<void>): Promise<void> {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  try {
    await work();
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  }
}

/** What a person sits at. */
export interface SittingParts {
  readonly line: SerialLine;
  readonly access: BoardAccess;
  /** Whether somebody else has the board: nothing is sent then. */
  readonly watched: boolean;
  readonly minOffMs: number;
  /** What is said once keys are taken. */
  readonly greeting: string;
  /** Settles when the board is taken away. */
  readonly lost: Promise<Error>;
}

/** A person at a console of a board. */
export class Sitting {
  readonly #parts: SittingParts;
  readonly #keys = new EscapeReader();
  readonly #end = new AbortController();
  /** One act after the other; all are through before the board is given back. */
  #acting: Promise<void> = Promise.resolve();

  constructor(parts: SittingParts) {
    this.#parts = parts;
    void parts.lost.then((why) => {
      this.#leave(messageOf(why));
    });
  }

  /** Until the person leaves, the line or the board is gone for good, or `forMs` are over. */
  async last(forMs: number | undefined): Promise<void> {
    const { line, greeting } = this.#parts;
    const { stdin, stdout } = process;
    const { signal } = this.#end;
    const forget = line.onData((chunk) => stdout.write(chunk));
    const unwatch = line.onState((state, why) => {
      if (state === 'open') say('the line is there again');
      else if (line.comesBack && !(why?.cause instanceof BoardLost))
        say(`the line is gone: ${messageOf(why)}`);
      else this.#leave(`the line is gone for good: ${messageOf(why)}`);
    });
    const typed = (chunk: Buffer): void => {
      for (const piece of this.#keys.feed(chunk)) this.#take(piece);
    };
    const ended = (): void => {
      // A script's input may end before the board has answered: `--for` says how long it is heard.
      if (forMs === undefined) this.#leave();
    };
    void interruption().then(() => {
      this.#leave();
    });
    await inRawMode(async () => {
      stdin.on('data', typed);
      stdin.once('end', ended);
      say(greeting);
      // What a timer holds at most, where nothing else ends it.
      await pauseUnless(signal, forMs ?? 0x7fff_ffff);
    });
    stdin.off('data', typed);
    stdin.off('end', ended);
    await this.#acting;
    forget();
    unwatch();
  }

  #leave(why?: string): void {
    if (why !== undefined) say(why);
    this.#end.abort();
  }

  #take(piece: ReturnType<EscapeReader['feed']>[number]): void {
    const { line, watched } = this.#parts;
    if ('key' in piece) {
      if (piece.key === 'q') this.#leave();
      else this.#acting = this.#acting.then(() => this.#act(piece.key));
    } else if (watched) say('nothing is sent: you watch what another has');
    else line.write(piece.bytes);
  }

  async #act(key: EscapeKey): Promise<void> {
    if (key === '?')
      for (const [name, what] of Object.entries(escapeCommands)) say(`Ctrl-] ${name}: ${what}`);
    else if (this.#parts.watched) say('power is not yours: you watch what another has');
    else await this.#switch(key);
  }

  async #switch(key: EscapeKey): Promise<void> {
    const { access, minOffMs } = this.#parts;
    const deadline = (): Deadline => Deadline.after(switchMs + minOffMs);
    try {
      if (key !== '1') await access.power.off(deadline());
      if (key !== '0') await access.power.on(deadline());
      say(key === '0' ? 'power is off' : 'power is on');
    } catch (error) {
      say(messageOf(error));
    }
  }
}
