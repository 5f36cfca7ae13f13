// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type TestInfo } from '@playwright/test';
import { loadLab, LocalReservation } from '../../../lib/lab/index.ts';
import { attachStation, type StationOwner } from '../../../lib/physical/start-station.ts';
import type { BoardAccess } from '../../../lib/physical/board-access.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { BlockedError } from '../../../lib/support/errors.ts';

/** `sockets`: the directory of the stations, which are this test's alone. */
const test = base.extend<{ sockets: () => string[] }>({
  sockets: async ({}, use) => {
    const before = process.env['TMPDIR'];
    const directory = mkdtempSync(join(tmpdir(), 'stations-'));
    process.env['TMPDIR'] = directory;
    await use(() =>
      readdirSync(directory)
        // tsx keeps a cache beside it.
        .filter((name) => name.startsWith('crosspage-'))
        .flatMap((name) => readdirSync(join(directory, name))),
    );
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(directory, { recursive: true });
  },
});

/** A board that is a TCP server for a console and a file for a switch. */
class FakeBoard implements AsyncDisposable {
  readonly labFile: string;
  readonly #switchLog: string;
  readonly #server: Server;
  readonly sockets: Socket[] = [];

  private constructor(info: TestInfo, server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.sockets.push(socket));
    this.#switchLog = info.outputPath('switch.log');
    this.labFile = info.outputPath('lab.yaml');
    const program = info.outputPath('switch');
    writeFileSync(this.#switchLog, '');
    writeFileSync(program, `#!/bin/sh\necho "$1" >> '${this.#switchLog}'\n`);
    chmodSync(program, 0o755);
    const { port } = server.address() as AddressInfo;
    const text = {
      stateDirectory: info.outputPath('state'),
      boards: {
        board: {
          type: 'zcu102-virtual',
          consoles: { main: { kind: 'tcp', host: '127.0.0.1', port } },
          power: { kind: 'command', on: [program, 'on'], off: [program, 'off'], minOffMs: 1 },
          network: { board: '192.0.2.2', server: '192.0.2.1' },
          tftp: { directory: info.outputDir },
        },
      },
    };
    writeFileSync(this.labFile, JSON.stringify(text));
  }

  static async make(info: TestInfo): Promise<FakeBoard> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeBoard(info, server);
  }

  /** What the switch was told, in that order. */
  get switched(): string[] {
    return readFileSync(this.#switchLog, 'utf8').split('\n').filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A run, which is a process that does nothing until it is killed. */
function startRun(): { owner: StationOwner; kill: () => void } {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const owner = {
    run: randomBytes(4).toString('hex'),
    runnerPid: child.pid ?? 0,
    purpose: 'a test of stations',
    waitMs: 0,
  };
  return { owner, kill: () => child.kill('SIGKILL') };
}

const attach = (board: FakeBoard, owner: StationOwner): Promise<BoardAccess> =>
  attachStation(loadLab(board.labFile), 'board', owner);

const ample = (): Deadline => Deadline.after(60_000);

test.setTimeout(180_000);

test('when everything of a run is killed, its station turns the board off and gives it back', async ({
  sockets,
}, info) => {
  await using board = await FakeBoard.make(info);
  const run = startRun();
  const access = await attach(board, run.owner);
  const reservation = new LocalReservation(loadLab(board.labFile).stateDirectory);
  await access.power.on(ample());
  expect((await reservation.holderOf('board'))?.purpose).toBe('a test of stations');

  run.kill();

  await expect.poll(() => board.switched.at(-1), { timeout: 60_000 }).toBe('off');
  await expect.poll(() => reservation.holderOf('board'), { timeout: 60_000 }).toBeUndefined();
  expect(board.switched[0]).toBe('on');
  // Nothing of it stays in the temporary directory.
  await expect.poll(sockets, { timeout: 60_000 }).toEqual([]);
});

test('of a station that was killed the log stays, to which errors refer', async ({
  sockets,
}, info) => {
  await using board = await FakeBoard.make(info);
  const run = startRun();
  await attach(board, run.owner);
  const reservation = new LocalReservation(loadLab(board.labFile).stateDirectory);
  const pid = (await reservation.holderOf('board'))?.process?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  run.kill();

  await expect.poll(() => board.switched.at(-1), { timeout: 60_000 }).toBe('off');
  const logAlone = [expect.stringMatching(/^[0-9a-f]{16}\.sock\.log$/)];
  await expect.poll(sockets, { timeout: 60_000 }).toEqual(logAlone);
});

test('workers of a run attach to one station: the line stays open between them, both ways', async ({}, info) => {
  await using board = await FakeBoard.make(info);
  const run = startRun();
  for (const word of ['one', 'two']) {
    const access = await attach(board, run.owner);
    const line = await access.openConsole('main', ample());
    const said: string[] = [];
    const heard: string[] = [];
    line.onData((chunk) => said.push(Buffer.from(chunk).toString()));
    await expect.poll(() => board.sockets.length).toBe(1);
    board.sockets[0]?.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
    board.sockets[0]?.write(`board says ${word}`);
    line.write(Buffer.from(`host says ${word}`));

    await expect.poll(() => said.join('')).toBe(`board says ${word}`);
    await expect.poll(() => heard.join('')).toContain(`host says ${word}`);
    await line.dispose();
  }
  expect(board.sockets).toHaveLength(1);
  run.kill();
});

test('a run whose board another has is blocked, is told who has it, and does not touch it', async ({
  sockets,
}, info) => {
  await using board = await FakeBoard.make(info);
  const first = startRun();
  await attach(board, first.owner);
  const second = startRun();
  const refused = attach(board, second.owner);

  await expect(refused).rejects.toBeInstanceOf(BlockedError);
  await expect(refused).rejects.toThrow(/a test of stations/);
  await expect(attach(board, second.owner)).rejects.toThrow(/a test of stations/);
  expect(board.switched).toEqual([]);
  expect(sockets().filter((name) => name.endsWith('.refused'))).toHaveLength(1);
  second.kill();
  first.kill();
  await expect.poll(sockets, { timeout: 60_000 }).toEqual([]);
});
