// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { HeldLine, MissingLine } from '../serial/reopening-line.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import { Deadline } from '../support/deadline.ts';
import { CrosspageError, messageOf, MisuseError } from '../support/errors.ts';
import { Backlog } from './backlog.ts';
import type { BoardAccess } from './board-access.ts';
import { readRequest, type StationReply, type StationRequest } from './station-protocol.ts';

/** How long the switch has when the station ends. */
const offMs = 60_000;

function refusalOf(error: unknown): StationReply {
  const line =
    error instanceof MissingLine ? 'missing' : error instanceof HeldLine ? 'held' : undefined;
  const story = error instanceof CrosspageError ? error.story : undefined;
  return { ok: false, story: story ?? { who: 'station', what: messageOf(error) }, line };
}

/** Settles when the line is back, or when nobody waits for it any more. */
function isBack(line: SerialLine, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      forget();
      resolve();
    };
    const forget = line.onState((state) => {
      if (state === 'open') done();
    });
    socket.on('close', done);
    if (line.state === 'open' || socket.destroyed) done();
  });
}

/**
 * What belongs to a board and must outlive a worker: its lines and its switch, held by one process
 * and lent to whoever attaches by a socket that only its owner may use.
 */
export class Station implements AsyncDisposable {
  readonly #access: BoardAccess;
  readonly #server: Server;
  readonly #lines = new Map<string, Promise<SerialLine>>();
  readonly #backlogs = new Map<SerialLine, Backlog>();
  /** Of the machine that runs, from one worker for the next. */
  #note = '';
  readonly #attached = new Set<Socket>();
  #disposed: Promise<void> | undefined;

  private constructor(access: BoardAccess, server: Server) {
    this.#access = access;
    this.#server = server;
    server.on('connection', (socket) => {
      this.#attached.add(socket);
      socket.on('error', () => undefined); // Its close tells the story.
      socket.on('close', () => this.#attached.delete(socket));
      void this.#serve(socket);
    });
  }

  /** Listens at `path`. Rejects when another station does. */
  static async listen(access: BoardAccess, path: string): Promise<Station> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o600);
    return new Station(access, server);
  }

  /** Turns the board off and lets go of all that is its. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  /** {@link Station.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Lets go of the board without touching it: it is another's now. */
  async letGo(): Promise<void> {
    this.#server.close();
    for (const socket of this.#attached) socket.destroy();
    for (const line of this.#lines.values()) await (await line.catch(() => undefined))?.dispose();
  }

  async #dispose(): Promise<void> {
    try {
      await this.#access.power.off(Deadline.after(offMs));
    } finally {
      await this.letGo();
    }
  }

  async #serve(socket: Socket): Promise<void> {
    const answer = (reply: StationReply): void => {
      socket.write(`${JSON.stringify(reply)}\n`);
    };
    try {
      const request = await readRequest(socket);
      if (request.want === 'console') await this.#attach(socket, request, answer);
      else {
        answer({ ok: true, state: await this.#answerTo(request) });
        socket.end();
      }
    } catch (error) {
      answer(refusalOf(error));
      socket.end();
    }
  }

  async #answerTo(request: Exclude<StationRequest, { want: 'console' }>): Promise<string> {
    switch (request.want) {
      case 'a-word':
        return 'alive';
      case 'power':
        return this.#switch(request);
      case 'keep':
        this.#note = request.note;
        return 'kept';
      case 'kept': {
        const note = this.#note;
        this.#note = '';
        return note;
      }
    }
  }

  async #switch(request: StationRequest & { want: 'power' }): Promise<string> {
    const { power } = this.#access;
    if (request.do !== 'state') this.#note = '';
    const deadline = Deadline.after(request.withinMs);
    if (request.do === 'state') return power.state(deadline);
    await power[request.do](deadline);
    return request.do;
  }

  async #attach(
    socket: Socket,
    { name, withinMs, whenBack }: StationRequest & { want: 'console' },
    answer: (reply: StationReply) => void,
  ): Promise<void> {
    if (name === '') throw new MisuseError({ who: 'station', what: 'no console was named' });
    const line = await this.#line(name, withinMs);
    if (line.state === 'gone' && !whenBack)
      throw new MissingLine({ who: name, what: `${line.name} is not there` });
    // The answer comes first; nothing that the line says meanwhile is lost.
    const early: Uint8Array[] = [];
    let take = (chunk: Uint8Array): void => void early.push(chunk);
    const backlog = this.#backlogs.get(line);
    backlog?.attach().forEach(take);
    const forget = line.onData((chunk) => {
      take(chunk);
    });
    let attached = true;
    const part = (): void => {
      if (attached) backlog?.detach();
      attached = false;
      forget();
    };
    // Who says that it goes reads all that was sent until then; what comes now is the next one's.
    socket.on('end', part);
    socket.on('close', part);
    await isBack(line, socket);
    // Its close was told before anybody listened for it below.
    if (socket.destroyed) return;
    answer({ ok: true, state: line.name });
    take = (chunk): void => void socket.write(chunk);
    early.forEach(take);
    const unwatch = line.onState((state) => {
      // A transient line comes again, but who reads it has to know that bytes are missing.
      if (state === 'gone') socket.end();
    });
    socket.on('data', (chunk: Buffer) => {
      line.write(chunk);
    });
    socket.on('close', unwatch);
  }

  /** The line, kept open from its first use; opened anew when it was lost. */
  async #line(name: string, withinMs: number): Promise<SerialLine> {
    const known = await this.#lines.get(name)?.catch(() => undefined);
    if (known !== undefined && (known.state === 'open' || known.comesBack)) return known;
    await known?.dispose();
    const opening = this.#access.openConsole(name, Deadline.after(withinMs));
    this.#lines.set(name, opening);
    const line = await opening;
    this.#backlogs.set(line, new Backlog(line));
    return line;
  }
}
