// SPDX-License-Identifier: Apache-2.0
// Consoles that a station holds, as a worker has them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { BoardLost, findCause } from '../../../lib/physical/blame.ts';
import { askStation, noteRefusal, refusalAt } from '../../../lib/physical/ask-station.ts';
import { lentLine } from '../../../lib/physical/lent-line.ts';
import { Station } from '../../../lib/physical/station.ts';
import { HeldLine, ReopeningLine } from '../../../lib/serial/reopening-line.ts';
import type { LineState, SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

/** `path`: of a socket; its directory is removed after the test, with all that is beside it. */
const test = base.extend<{ path: string }>({
  // A socket's path is at most 107 bytes: it does not lie in the test's own directory.
  path: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), 'lent-'));
    await use(join(directory, 'sock'));
    rmSync(directory, { recursive: true });
  },
});

/** A device that comes and goes as a test wants. */
class Device implements SerialLine {
  readonly name = '/dev/device';
  readonly comesBack = true;
  state: LineState = 'gone';
  heard = '';
  /** How often it was listened to: by who attached, and on behalf of who comes next. */
  attached = 0;
  readonly #data = new Set<(chunk: Uint8Array) => void>();
  readonly #states = new Set<(state: LineState) => void>();

  /** How many listen to it now. */
  get listening(): number {
    return this.#data.size;
  }

  be(state: LineState): void {
    this.state = state;
    for (const listener of [...this.#states]) listener(state);
  }

  say(text: string): void {
    for (const listener of [...this.#data]) listener(Buffer.from(text));
  }

  onData(listener: (chunk: Uint8Array) => void): () => void {
    this.#data.add(listener);
    this.attached += 1;
    return () => this.#data.delete(listener);
  }

  onState(listener: (state: LineState) => void): () => void {
    this.#states.add(listener);
    return () => this.#states.delete(listener);
  }

  write(bytes: Uint8Array): void {
    this.heard += Buffer.from(bytes).toString();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

const power = {
  who: 'power',
  on: () => Promise.resolve(),
  off: () => Promise.resolve(),
  state: () => Promise.resolve('off' as const),
};
const ample = (): Deadline => Deadline.after(60_000);

function lent(path: string, transient = true): Promise<ReopeningLine> {
  const behaviour = { who: 'board', name: '/dev/device', transient, pacing: undefined };
  return ReopeningLine.open(behaviour, lentLine('board', 'main', path), ample());
}

test('a device that comes with the power, and goes and comes, loses nothing that it says', async ({
  path,
}) => {
  const device = new Device();
  await using station = await Station.listen(
    { power, openConsole: () => Promise.resolve(device) },
    path,
  );
  await using line = await lent(path);
  let seen = '';
  const states: string[] = [];
  line.onData((chunk) => (seen += Buffer.from(chunk).toString()));
  line.onState((state, why) => states.push(`${state} ${why?.message ?? ''}`));
  expect(line.state).toBe('gone');
  await expect.poll(() => device.attached).toBe(1);
  device.be('open');
  device.say('power is on');
  await expect.poll(() => seen).toBe('power is on');
  line.write(Buffer.from('hello'));
  await expect.poll(() => device.heard).toBe('hello');

  seen = '';
  device.be('gone');
  await expect.poll(() => device.attached).toBe(3);
  device.be('open');
  device.say('first words');
  await expect.poll(() => seen).toBe('first words');
  expect(states.join()).toMatch(
    /^open ,gone board: \/dev\/device went away: its far end went away,open $/,
  );
  expect(station).toBeInstanceOf(Station);
});

test('why the board is not this run’s any more is told by its lines', async ({ path }) => {
  const device = new Device();
  device.be('open');
  const station = await Station.listen({ power, openConsole: () => Promise.resolve(device) }, path);
  await using taken = await lent(path);
  const why = new Promise<Error | undefined>((resolve) => {
    taken.onState((_state, error) => {
      resolve(error);
    });
  });
  noteRefusal(path, { who: 'board', what: 'was taken away' });
  await station.letGo();

  expect(findCause(await why, BoardLost)?.message).toBe('board: was taken away');
});

test('a station that is gone is told as that', async ({ path }) => {
  const device = new Device();
  device.be('open');
  const station = await Station.listen({ power, openConsole: () => Promise.resolve(device) }, path);
  await using line = await lent(path);
  const why = new Promise<Error | undefined>((resolve) => {
    line.onState((_state, error) => {
      resolve(error);
    });
  });
  await station.letGo();

  expect(findCause(await why, BoardLost)?.message).toContain('its station has ended');
});

test('a port that another holds is told as that through a station', async ({ path }) => {
  const held = new HeldLine({ who: 'board', what: 'is held by process 4711' });
  await using station = await Station.listen(
    { power, openConsole: () => Promise.reject(held) },
    path,
  );
  const failing = lent(path);

  await expect(failing).rejects.toBeInstanceOf(HeldLine);
  await expect(failing).rejects.toThrow('board: is held by process 4711');
  expect(station).toBeInstanceOf(Station);
});

test('a reason that cannot be read is told as that', async ({ path }) => {
  const device = new Device();
  device.be('open');
  const station = await Station.listen({ power, openConsole: () => Promise.resolve(device) }, path);
  await using line = await lent(path, false);
  const why = new Promise<Error | undefined>((resolve) => {
    line.onState((_state, error) => {
      resolve(error);
    });
  });
  writeFileSync(`${path}.refused`, '{"who": "bo');
  await station.letGo();

  expect((await why)?.message).toContain('went away, and why cannot be read');
});

test('a refusal is there as a whole', async ({ path }) => {
  expect(await refusalAt(path)).toBeUndefined();
  for (const what of ['was taken away', 'is held']) {
    noteRefusal(path, { who: 'board', what });
    expect(await refusalAt(path)).toEqual({ who: 'board', what });
  }
});

test('who goes away while a device is awaited is forgotten by its station', async ({ path }) => {
  const device = new Device();
  await using station = await Station.listen(
    { power, openConsole: () => Promise.resolve(device) },
    path,
  );
  const socket = connect(path);
  const request = { want: 'console', name: 'main', withinMs: 60_000, whenBack: true };
  socket.write(`${JSON.stringify(request)}\n`);
  await expect.poll(() => device.attached).toBe(1);
  socket.destroy();

  await expect.poll(() => device.attached).toBe(2);
  // What it says is kept for the next, and for nobody else.
  expect(device.listening).toBe(1);
  expect(station).toBeInstanceOf(Station);
});

test('a line that is closed waits for its device no more', async ({ path }) => {
  const device = new Device();
  await using station = await Station.listen(
    { power, openConsole: () => Promise.resolve(device) },
    path,
  );
  const line = await lent(path);
  await expect.poll(() => device.attached).toBe(1);
  await line.dispose();

  await expect.poll(() => device.attached).toBe(2);
  expect(device.listening).toBe(1);
  expect(station).toBeInstanceOf(Station);
});

test('what is on its way to who goes is heard by it, and what comes then by the next', async ({
  path,
}) => {
  const device = new Device();
  device.be('open');
  await using station = await Station.listen(
    { power, openConsole: () => Promise.resolve(device) },
    path,
  );
  let heard = '';
  const first = await lent(path);
  first.onData((chunk) => (heard += Buffer.from(chunk).toString()));
  // More than the socket between holds.
  const words = 'said before. '.repeat(0x4_0000);
  device.say(words);
  await first.dispose();
  device.say('said between. ');
  await using second = await lent(path);
  let heardThen = '';
  second.onData((chunk) => (heardThen += Buffer.from(chunk).toString()));
  device.say('said after.');

  await expect.poll(() => heardThen).toBe('said between. said after.');
  expect(heard === words).toBe(true);
  expect(station).toBeInstanceOf(Station);
});

test('what is asked and not answered can be given up', async ({ path }) => {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const end = new AbortController();
  const asking = askStation('board', path, { want: 'a-word' }, ample(), end.signal);
  const [socket] = await connected;
  const closed = once(socket.resume(), 'close');
  end.abort();

  await expect(asking).rejects.toThrow('the connection ended');
  await closed;
  const late = askStation('board', path, { want: 'a-word' }, ample(), end.signal);
  await expect(late).rejects.toThrow('the connection ended');
  server.close();
});
