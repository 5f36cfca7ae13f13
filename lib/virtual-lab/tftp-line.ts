// SPDX-License-Identifier: Apache-2.0
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { BoardFaults } from './faults.ts';
import { opcode, opcodeOf, requestFor } from './tftp-packet.ts';

const loopback = '127.0.0.1';

/** One transfer: a socket that both ends know as the other's. */
interface Transfer {
  readonly socket: Socket;
  blocks: number;
}

/** Carries one board's TFTP to the server and back, and is where it is spoiled. */
export class TftpLine {
  readonly #socket: Socket;
  readonly #serverPort: number;
  readonly #transfers = new Map<number, Transfer>();
  #fault: BoardFaults['tftp'];

  private constructor(socket: Socket, serverPort: number) {
    this.#socket = socket;
    this.#serverPort = serverPort;
    socket.on('error', () => undefined); // A datagram that cannot be delivered is a lost one.
    socket.on('message', (packet, from) => {
      this.#request(packet, from);
    });
  }

  /** `serverPort` is the server's, on loopback. */
  static async open(serverPort: number): Promise<TftpLine> {
    const socket = createSocket('udp4');
    socket.bind(0, loopback);
    await once(socket, 'listening');
    return new TftpLine(socket, serverPort);
  }

  /** Where the board finds the server, on loopback. */
  get port(): number {
    return this.#socket.address().port;
  }

  set fault(fault: BoardFaults['tftp']) {
    this.#fault = fault;
  }

  /** The board has no power: it asks nothing, and nothing reaches it. */
  hangUp(): void {
    for (const { socket } of this.#transfers.values()) socket.close();
    this.#transfers.clear();
  }

  dispose(): void {
    this.hangUp();
    this.#socket.close();
  }

  #request(packet: Buffer, client: RemoteInfo): void {
    if (this.#fault === 'stalls') return;
    // A board that asks again has given up what it asked for before.
    this.#transfers.get(client.port)?.socket.close();
    const transfer: Transfer = { socket: createSocket('udp4'), blocks: 0 };
    this.#transfers.set(client.port, transfer);
    const { socket } = transfer;
    let server = this.#serverPort;
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => {
      if (from.port === client.port) {
        socket.send(bytes, server, loopback);
        return;
      }
      // The server answers from a port of its own for each transfer (RFC 1350, 4).
      server = from.port;
      if (this.#passes(bytes, transfer)) socket.send(bytes, client.port, loopback);
    });
    const fault = this.#fault;
    const serves = typeof fault === 'object' && 'serves' in fault ? fault.serves : undefined;
    socket.send(serves === undefined ? packet : requestFor(serves, packet), server, loopback);
  }

  #passes(bytes: Uint8Array, transfer: Transfer): boolean {
    const fault = this.#fault;
    if (fault === 'stalls') return false;
    if (typeof fault !== 'object' || !('stallsAfter' in fault)) return true;
    if (opcodeOf(bytes) === opcode.data) transfer.blocks += 1;
    return transfer.blocks <= fault.stallsAfter;
  }
}
