// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Secrets } from '../host/secrets.ts';
import {
  boardOf,
  describeHolder,
  type LeaseRecord,
  LocalReservation,
  userName,
} from '../lab/index.ts';
import { type BoardAccess, directAccess } from '../physical/board-access.ts';
import { stationAccess } from '../physical/station-access.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import { escapeCommands, type EscapeKey, EscapeReader } from './escape-keys.ts';
import { durationOf, type LabOptions, openLab } from './lab.ts';

/** Options of `lab console`. */
export interface ConsoleOptions extends LabOptions {
  readonly console: string;
  readonly for?: string;
}

const openMs = 20_000;
/** Switching takes this long at most, the off-time apart. */
const switchMs = 60_000;

function say(text: string): void {
  process.stderr.write(`\r\n[${text}]\r\n`);
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

/** A person at a console of a board. */
class Sitting {
  readonly #line: SerialLine;
  readonly #access: BoardAccess;
  /** Undefined for one who has the board; else who has it. */
  readonly #holder: LeaseRecord | undefined;
  readonly #minOffMs: number;
  readonly #keys = new EscapeReader();
  #leave: () => void = () => undefined;

  constructor(parts: {
    line: SerialLine;
    access: BoardAccess;
    holder: LeaseRecord | undefined;
    minOffMs: number;
  }) {
    this.#line = parts.line;
    this.#access = parts.access;
    this.#holder = parts.holder;
    this.#minOffMs = parts.minOffMs;
  }

  /** Until the person leaves, the line is gone for good, the terminal is, or `forMs` are over. */
  async last(forMs: number | undefined): Promise<void> {
    const over = new Promise<void>((resolve) => (this.#leave = resolve));
    const { stdin, stdout } = process;
    const forget = this.#line.onData((chunk) => stdout.write(chunk));
    const unwatch = this.#line.onState((state, why) => {
      say(state === 'open' ? 'the line is there again' : `the line is gone: ${messageOf(why)}`);
    });
    const typed = (chunk: Buffer): void => {
      for (const piece of this.#keys.feed(chunk))
        if ('key' in piece) void this.#act(piece.key);
        else this.#type(piece.bytes);
    };
    // A script's input may end before the board has answered: `--for` says how long it is heard.
    if (forMs === undefined) stdin.once('end', this.#leave);
    const ends: Promise<unknown>[] = [over, once(process, 'SIGTERM'), once(process, 'SIGINT')];
    if (forMs !== undefined) ends.push(pause(forMs));
    await inRawMode(async () => {
      stdin.on('data', typed);
      await Promise.race(ends);
    });
    stdin.off('data', typed);
    stdin.off('end', this.#leave);
    forget();
    unwatch();
  }

  #type(bytes: Uint8Array): void {
    if (this.#holder === undefined) this.#line.write(bytes);
    else say('nothing is sent: you watch what another has');
  }

  async #act(key: EscapeKey): Promise<void> {
    if (key === 'q') this.#leave();
    else if (key === '?')
      for (const [name, what] of Object.entries(escapeCommands)) say(`Ctrl-] ${name}: ${what}`);
    else if (this.#holder !== undefined) say('power is not yours: you watch what another has');
    else await this.#switch(key);
  }

  async #switch(key: '0' | '1' | 'c'): Promise<void> {
    const { power } = this.#access;
    const deadline = (): Deadline => Deadline.after(switchMs + this.#minOffMs);
    try {
      if (key !== '1') await power.off(deadline());
      if (key !== '0') await power.on(deadline());
      say(key === '0' ? 'power is off' : 'power is on');
    } catch (error) {
      say(messageOf(error).replaceAll('\n', '\r\n'));
    }
  }
}

/** Who has the board by a station of this user's, which may be watched. */
async function watchable(
  reservation: LocalReservation,
  board: string,
): Promise<LeaseRecord | undefined> {
  const holder = await reservation.holderOf(board);
  return holder?.station === undefined || holder.user !== userName() ? undefined : holder;
}

/** `lab console` */
export async function sitAtConsole(name: string, options: ConsoleOptions): Promise<void> {
  const lab = openLab(options);
  const board = boardOf(lab, name);
  const { stateDirectory } = lab;
  if (board.consoles[options.console] === undefined)
    throw new MisuseError({
      who: `crosspage lab console ${name}`,
      what: `has no console "${options.console}"`,
      remedy: `name one of: ${Object.keys(board.consoles).join(', ')}`,
    });
  const forMs = options.for === undefined ? undefined : durationOf('--for', options.for);
  const reservation = new LocalReservation(stateDirectory);
  const holder = await watchable(reservation, name);
  const minOffMs = board.power.minOffMs ?? 0;
  const sit = async (access: BoardAccess): Promise<void> => {
    await using line = await access.openConsole(options.console, Deadline.after(openMs));
    say(
      `${name}, ${line.name}: ${holder === undefined ? 'yours' : `watching; ${describeHolder(holder)} has it`}; Ctrl-] q leaves, Ctrl-] ? shows more`,
    );
    await new Sitting({ line, access, holder, minOffMs }).last(forMs);
  };
  if (holder?.station !== undefined) {
    // It is there as long as its run, and is not to be started anew.
    await sit(stationAccess(board, holder.station, () => Promise.resolve()));
    return;
  }
  const purpose = `crosspage lab console ${name}`;
  await using lease = await reservation.acquire(
    { boards: [name] },
    { purpose, deadline: Deadline.after(0) },
  );
  lease.onLost((error) => {
    say(messageOf(error).replaceAll('\n', '\r\n'));
    process.kill(process.pid, 'SIGTERM');
  });
  await sit(directAccess(board, { stateDirectory, secrets: new Secrets() }));
}
