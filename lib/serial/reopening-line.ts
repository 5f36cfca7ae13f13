// SPDX-License-Identifier: Apache-2.0
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Connection, Connector } from './connection.ts';
import { pauseUnless } from './pause-unless.ts';
import type { LineState, Pacing, SerialLine } from './serial-line.ts';

/** How long one attempt to open a line again may take. */
const reopenMs = 5000;

/** How long after a vain attempt the next one is made. */
const againMs = 250;

/** How a line behaves, whatever is at its far end. */
export interface LineBehaviour {
  readonly who: string;
  readonly name: string;
  readonly transient: boolean;
  readonly pacing: Pacing | undefined;
}

/** A line over a connection that is made again when it is lost, if it is transient. */
export class ReopeningLine implements SerialLine {
  readonly name: string;
  readonly comesBack: boolean;
  readonly #behaviour: LineBehaviour;
  readonly #connector: Connector;
  readonly #dataListeners = new Set<(chunk: Uint8Array) => void>();
  readonly #stateListeners = new Set<(state: LineState, why?: Error) => void>();
  readonly #end = new AbortController();
  #connection: Connection | undefined;
  #sending: Promise<void> = Promise.resolve();
  #nextMs = 0;
  #reopening: Promise<void> | undefined;

  private constructor(behaviour: LineBehaviour, connector: Connector) {
    this.name = behaviour.name;
    this.comesBack = behaviour.transient;
    this.#behaviour = behaviour;
    this.#connector = connector;
  }

  /** @throws EnvironmentError when it cannot be opened and is not transient. */
  static async open(
    behaviour: LineBehaviour,
    connector: Connector,
    deadline: Deadline,
  ): Promise<ReopeningLine> {
    const line = new ReopeningLine(behaviour, connector);
    try {
      await line.#connect(deadline);
    } catch (error) {
      if (!behaviour.transient || !(error instanceof MissingLine)) throw error;
      line.#reopen();
    }
    return line;
  }

  get state(): LineState {
    return this.#connection === undefined ? 'gone' : 'open';
  }

  onData(listener: (chunk: Uint8Array) => void): () => void {
    this.#dataListeners.add(listener);
    return () => this.#dataListeners.delete(listener);
  }

  onState(listener: (state: LineState, why?: Error) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  write(bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes);
    this.#sending = this.#sending.then(() => this.#send(copy));
  }

  async drained(deadline: Deadline): Promise<void> {
    await deadline.bound(
      this.#sending,
      () =>
        new EnvironmentError({
          who: this.#behaviour.who,
          what: `${this.name} did not take what was written within ${deadline.budgetMs.toFixed(0)} ms`,
          remedy: 'look whether flow control stops it: the far end has to read',
        }),
    );
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    await this.#reopening;
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
    this.#dataListeners.clear();
    this.#stateListeners.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { chunk, delayMs } = this.#behaviour.pacing ?? { chunk: bytes.length, delayMs: 0 };
    for (let from = 0; from < bytes.length; from += chunk) {
      const waitMs = this.#nextMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      // Lost while the line is gone, and when it goes: `gone` tells why.
      const connection = this.#connection;
      await connection?.send(bytes.subarray(from, from + chunk)).catch(() => undefined);
      this.#nextMs = performance.now() + delayMs;
    }
  }

  async #connect(deadline: Deadline): Promise<void> {
    const mine: { connection?: Connection; why?: Error | undefined } = {};
    const connection = await this.#connector.connect(
      {
        data: (chunk) => {
          for (const listener of [...this.#dataListeners]) listener(chunk);
        },
        gone: (why) => {
          mine.why = why;
          if (mine.connection !== undefined && this.#connection === mine.connection)
            this.#lose(why);
        },
      },
      deadline,
    );
    mine.connection = connection;
    const { why } = mine;
    if (why !== undefined || this.#end.signal.aborted) {
      await connection.close();
      throw new MissingLine(this.#story(why ?? new Error('it was closed')));
    }
    this.#connection = connection;
    this.#tell('open');
  }

  #story(why: Error): { who: string; what: string } {
    return { who: this.#behaviour.who, what: `${this.name} went away: ${why.message}` };
  }

  #lose(why: Error): void {
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.close().catch(() => undefined);
    this.#tell('gone', new EnvironmentError(this.#story(why), { cause: why }));
    if (this.#behaviour.transient) this.#reopen();
  }

  #reopen(): void {
    this.#reopening = (async (): Promise<void> => {
      const { signal } = this.#end;
      while (!signal.aborted && this.#connection === undefined) {
        await this.#connector.maybeBack(signal);
        const failed = await this.#connect(Deadline.after(reopenMs)).then(
          () => false,
          () => true,
        );
        // Held by another, not permitted yet: it is there all the same.
        if (failed) await pauseUnless(signal, againMs);
      }
    })();
  }

  #tell(state: LineState, why?: Error): void {
    for (const listener of [...this.#stateListeners]) listener(state, why);
  }
}

/** The far end is not there now, and may come. */
export class MissingLine extends EnvironmentError {}

/** Somebody else has the far end open: nothing is wrong with it. */
export class HeldLine extends EnvironmentError {}
