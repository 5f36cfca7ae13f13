// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describeEnd, OwnedProcess } from '../host/processes.ts';
import { tryTool } from '../host/tools.ts';
import type { HostProgramImage } from '../images/index.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

const loopback = '127.0.0.1';
async function freePort(address: string): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** A request that any server answers, if only by an error (RFC 1350, 5). */
const question = Buffer.from('\0\x01is-it-there\0octet\0', 'latin1');

/** Asks until the server answers, or `deadline` passes. */
async function answers(address: string, port: number, deadline: Deadline): Promise<boolean> {
  const socket = createSocket('udp4');
  const heard = new AbortController();
  socket.on('error', () => undefined); // Nobody listens yet.
  socket.on('message', () => {
    heard.abort();
  });
  while (!heard.signal.aborted && !deadline.passed) {
    socket.send(question, port, address);
    await pause(20);
  }
  socket.close();
  return heard.signal.aborted;
}

/** atftpd changes to a user before it serves: to the one that it runs as. */
async function ownUser(): Promise<string[]> {
  const [user, group] = await Promise.all(['-un', '-gn'].map((flag) => tryTool('id', [flag])));
  if (user?.code !== 0 || group?.code !== 0) return [];
  return ['--user', `${user.stdout.trim()}.${group.stdout.trim()}`];
}

/** Where a TFTP server listens. */
export interface TftpListening {
  /** Default: loopback. */
  readonly address?: string;
  /** Default: one that is free. Below 1024 it needs privileges. */
  readonly port?: number | undefined;
}

/** A TFTP server for one directory, which ends with this process. */
export class TftpServer implements AsyncDisposable {
  readonly port: number;
  readonly #process: OwnedProcess;

  private constructor(process: OwnedProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** @throws EnvironmentError when it does not start. */
  static async start(
    program: HostProgramImage,
    directory: string,
    listening: TftpListening = {},
    deadline = Deadline.after(20_000),
  ): Promise<TftpServer> {
    const { address = loopback } = listening;
    const port = listening.port ?? (await freePort(address));
    const args = [
      ...['--daemon', '--no-fork', '--logfile', '-', ...(await ownUser())],
      ...['--bind-address', address, '--port', String(port), directory],
    ];
    const process = await OwnedProcess.start(program.path, args, { env: program.env });
    process.stdout.resume();
    const failed = process.ended.then((end): never => {
      throw new EnvironmentError({
        who: 'TFTP server',
        what: `did not start: ${describeEnd(end)}`,
        lastSeen: process.stderr.trim(),
        where: directory,
        remedy: 'see that the directory is there and can be read',
      });
    });
    failed.catch(() => undefined);
    try {
      if (!(await Promise.race([answers(address, port, deadline), failed])))
        throw new EnvironmentError({
          who: 'TFTP server',
          what: `answers nothing at port ${port} of ${address}`,
          lastSeen: process.stderr.trim(),
        });
    } catch (error) {
      await process.stop();
      throw error;
    }
    return new TftpServer(process, port);
  }

  async dispose(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
