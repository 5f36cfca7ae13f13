// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { BoardFaults } from './faults.ts';

const loopback = '127.0.0.1';

/** A port of this host's loopback that leads to the board's SSH as long as it has power. */
export class SshLine {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #waiting = new Set<Socket>();
  /** Where QEMU forwards it; undefined while the board has no power. */
  #target: (() => Promise<number>) | undefined;
  #fault: BoardFaults['ssh'];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      void this.#accept(socket);
    });
  }

  static async open(): Promise<SshLine> {
    const server = createServer();
    server.listen(0, loopback);
    await once(server, 'listening');
    return new SshLine(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The board has power; `target` finds the port that leads to it. */
  connect(target: () => Promise<number>): void {
    this.#target = target;
  }

  /** Its power is gone: nobody tells the clients, as with a board. */
  hangUp(): void {
    this.#target = undefined;
    for (const [client, board] of this.#pairs) {
      client.unpipe(board);
      board.destroy();
    }
  }

  set fault(fault: BoardFaults['ssh']) {
    this.#fault = fault;
    for (const [client, board] of this.#pairs) {
      if (fault === 'refused') client.destroy();
      else if (fault === 'half-open') {
        client.unpipe(board);
        board.unpipe(client);
      } else client.pipe(board).pipe(client);
    }
  }

  dispose(): void {
    this.hangUp();
    for (const [client] of this.#pairs) client.destroy();
    for (const client of this.#waiting) client.destroy();
    this.#server.close();
  }

  async #accept(client: Socket): Promise<void> {
    client.on('error', () => undefined); // The client's own end tells it.
    this.#waiting.add(client);
    client.on('close', () => this.#waiting.delete(client));
    const port = this.#fault === 'refused' ? undefined : await this.#port();
    if (port === undefined) {
      client.destroy();
      return;
    }
    const board = connect(port, loopback);
    board.on('error', () => undefined);
    const pair = [client, board] as const;
    this.#pairs.add(pair);
    client.on('close', () => {
      this.#pairs.delete(pair);
      board.destroy();
    });
    board.on('close', () => {
      // With the power gone, nobody closes the connection.
      if (this.#target !== undefined && this.#fault !== 'half-open') client.destroy();
    });
    if (this.#fault !== 'half-open') client.pipe(board).pipe(client);
  }

  async #port(): Promise<number | undefined> {
    try {
      return await this.#target?.();
    } catch {
      return undefined;
    }
  }
}
