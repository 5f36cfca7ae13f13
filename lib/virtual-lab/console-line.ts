// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import { pause } from '../support/deadline.ts';
import type { BoardFaults, ConsoleEvent } from './faults.ts';
import { type LineNoise, randomOf, spoil } from './line-noise.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { TextWatch } from './text-watch.ts';

/** With these U-Boot says that it counts down, and that it is done with it. */
const countdown = 'Hit any key to stop autoboot';

/** One direction of a line: noise, then whoever is at its end, in order. */
class Direction {
  readonly #deliver: (bytes: Uint8Array) => void;
  #noise: LineNoise = {};
  #random = randomOf(1);
  #tail: Promise<void> | undefined;

  constructor(deliver: (bytes: Uint8Array) => void) {
    this.#deliver = deliver;
  }

  set noise(noise: LineNoise) {
    this.#noise = noise;
    this.#random = randomOf(noise.seed ?? 1);
  }

  send(bytes: Uint8Array): void {
    const arrived = spoil(bytes, this.#noise, this.#random);
    const { delayMs = 0 } = this.#noise;
    if (delayMs === 0 && this.#tail === undefined) {
      this.#deliver(arrived);
      return;
    }
    const due = performance.now() + delayMs;
    const tail = (this.#tail ?? Promise.resolve())
      .then(() => pause(Math.max(0, due - performance.now())))
      .then(() => {
        this.#deliver(arrived);
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
  }
}

interface Armed {
  readonly event: ConsoleEvent;
  readonly watch: TextWatch;
  left: number;
}

/** What a line asks for when the board prints a text; `insert` it does by itself. */
export type LineAction = Exclude<ConsoleEvent['do'], 'insert'>;

/** The line between one UART of the board and its device here, with all that is wrong with it. */
export class ConsoleLine implements AsyncDisposable {
  readonly link: string;
  readonly #act: (action: LineAction) => void;
  readonly #toHost = new Direction((bytes) => this.#terminal?.write(bytes));
  readonly #toBoard = new Direction((bytes) => {
    if (this.#uart?.writable === true) this.#uart.write(bytes);
  });
  #terminal: PseudoTerminal | undefined;
  #uart: Duplex | undefined;
  #events: Armed[] = [];
  #missesAutoboot = false;
  /** What the board printed while it was being stopped: it is to have stopped at its text. */
  #held: Uint8Array[] | undefined;
  /** What has to be printed before the board hears anything. */
  #deafUntil: TextWatch[] = [];

  private constructor(link: string, act: (action: LineAction) => void) {
    this.link = link;
    this.#act = act;
  }

  /** @throws EnvironmentError when this machine gives no pseudo-terminal. */
  static async open(link: string, act: (action: LineAction) => void): Promise<ConsoleLine> {
    const line = new ConsoleLine(link, act);
    await line.plug();
    return line;
  }

  /** The board has power: this is its UART until the next one. */
  connect(uart: Duplex): void {
    this.#uart = uart;
    uart.on('error', () => undefined); // The machine's end tells the story.
    uart.on('data', (chunk: Uint8Array) => {
      if (this.#uart === uart) this.#heard(chunk);
    });
    this.startsAnew();
  }

  disconnect(): void {
    this.#uart = undefined;
  }

  /** The board begins at its first instruction. */
  startsAnew(): void {
    this.#held = undefined;
    this.#deafUntil = this.#missesAutoboot ? [new TextWatch(countdown), new TextWatch('\n')] : [];
    for (const { watch } of this.#events) watch.reset();
  }

  /** The board goes on after it stood still. */
  goesOn(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const chunk of held) this.#heard(chunk);
  }

  set faults({ toHost, toBoard, events = [], missesAutoboot = false }: BoardFaults) {
    this.#toHost.noise = toHost ?? {};
    this.#toBoard.noise = toBoard ?? {};
    this.#missesAutoboot = missesAutoboot;
    if (!missesAutoboot) this.#deafUntil = [];
    this.#events = events.map((event) => ({
      event,
      watch: new TextWatch(event.at),
      left: event.times ?? 1,
    }));
  }

  /** The device is there again, under the same name. */
  async plug(): Promise<void> {
    this.#terminal ??= await PseudoTerminal.open(this.link, (bytes) => {
      if (this.#deafUntil.length === 0) this.#toBoard.send(bytes);
    });
  }

  /** The device goes away. */
  async unplug(): Promise<void> {
    const terminal = this.#terminal;
    this.#terminal = undefined;
    await terminal?.dispose();
  }

  async dispose(): Promise<void> {
    this.disconnect();
    await this.unplug();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #heard(chunk: Uint8Array): void {
    if (this.#held !== undefined) {
      this.#held.push(chunk);
      return;
    }
    this.#listen(chunk);
    const armed = this.#events.find(({ left }) => left > 0);
    const end = armed?.watch.feed(chunk);
    if (armed === undefined || end === undefined) {
      this.#toHost.send(chunk);
      return;
    }
    armed.left -= 1;
    this.#toHost.send(chunk.subarray(0, end));
    const action = armed.event.do;
    if (action === 'insert') this.#toHost.send(Buffer.from(armed.event.text ?? '', 'latin1'));
    else {
      // An emulator runs on until it has taken the order.
      if (action === 'hang' || action === 'cut') this.#held = [];
      this.#act(action);
    }
    if (end < chunk.length) this.#heard(chunk.subarray(end));
  }

  #listen(chunk: Uint8Array): void {
    let rest = chunk;
    for (;;) {
      const end = this.#deafUntil[0]?.feed(rest);
      if (end === undefined) return;
      this.#deafUntil.shift();
      rest = rest.subarray(end);
    }
  }
}
