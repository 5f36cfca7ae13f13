// SPDX-License-Identifier: Apache-2.0
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CrosspageError, messageOf, MisuseError } from '../support/errors.ts';
import { parseFaults } from './faults.ts';
import type { VirtualBoard } from './virtual-board.ts';

const loopback = '127.0.0.1';
const mostBytes = 0x1_0000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > mostBytes)
      throw new MisuseError({ who: 'virtual lab', what: 'more was sent than it takes' });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MisuseError({ who: 'virtual lab', what: `no JSON was sent: ${messageOf(error)}` });
  }
}

/** The lab's endpoint on loopback: power as an outlet's web server has it, and what goes wrong. */
export class ControlServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #token: Buffer;
  readonly #boards: ReadonlyMap<string, VirtualBoard>;

  private constructor(server: Server, token: string, boards: readonly VirtualBoard[]) {
    this.#server = server;
    this.#token = Buffer.from(`Bearer ${token}`);
    this.#boards = new Map(boards.map((board) => [board.name, board]));
    server.on('request', (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Listens on loopback, at a port that the kernel chooses; who asks shows `token`. */
  static async start(token: string, boards: readonly VirtualBoard[]): Promise<ControlServer> {
    const server = createServer();
    server.listen(0, loopback);
    await once(server, 'listening');
    return new ControlServer(server, token, boards);
  }

  get url(): string {
    return `http://${loopback}:${(this.#server.address() as AddressInfo).port}`;
  }

  async dispose(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request).catch((error: unknown) => {
      const fault = error instanceof CrosspageError ? error.fault : 'subject';
      return { status: fault === 'misuse' ? 400 : 503, body: { error: messageOf(error) } };
    });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  }

  #mayAsk(request: IncomingMessage): boolean {
    const shown = Buffer.from(request.headers.authorization ?? '');
    return shown.length === this.#token.length && timingSafeEqual(shown, this.#token);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (!this.#mayAsk(request)) return { status: 401, body: { error: 'the token is wrong' } };
    const path = (request.url ?? '').split('/').slice(1);
    const [boards, name = '', ...rest] = path;
    const board = boards === 'boards' ? this.#boards.get(name) : undefined;
    if (board === undefined) {
      const error = `there is no such board; there are: ${[...this.#boards.keys()].join(', ')}`;
      return { status: 404, body: { error } };
    }
    return this.#ofBoard(board, `${request.method ?? 'GET'} ${rest.join('/')}`, request);
  }

  async #ofBoard(board: VirtualBoard, what: string, request: IncomingMessage): Promise<Answer> {
    const power = (): Answer => ({
      status: 200,
      body: { power: board.state, ...(board.complaint && { complaint: board.complaint }) },
    });
    switch (what) {
      case 'GET power':
        return power();
      case 'POST power/on':
        await board.switch('on');
        return power();
      case 'POST power/off':
        await board.switch('off');
        return power();
      case 'GET faults':
        return { status: 200, body: board.faults };
      case 'PUT faults':
        await board.setFaults(parseFaults(await readBody(request)));
        return { status: 200, body: board.faults };
      case 'POST reset':
      case 'POST hang':
        await board.act(what === 'POST hang' ? 'hang' : 'reset');
        return power();
      case 'POST resume':
        await board.resume();
        return power();
      default:
        return { status: 404, body: { error: `${what} is nothing that a board here does` } };
    }
  }
}
