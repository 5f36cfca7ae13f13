// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test, type TestInfo } from '@playwright/test';
import { identify } from '../../../lib/host/process-identity.ts';
import { LocalReservation } from '../../../lib/lab/index.ts';
import { LeaseLog } from '../../../lib/lab/lease-log.ts';
import { holderBy, type LeaseRecord, makeLease } from '../../../lib/lab/lease.ts';
import type { Waiting } from '../../../lib/lab/reservation.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';

const me = userInfo().username;
const root = join(import.meta.dirname, '../../..');

const wanted = (waitMs = 0): Waiting => ({
  purpose: 'npm test',
  deadline: Deadline.after(waitMs),
});

/** Another process that wants `board-a`, and what it says. */
class Other implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(info: TestInfo, waitMs = 0) {
    const script = join(import.meta.dirname, 'hold-board.ts');
    const args = ['--import', 'tsx', script, info.outputPath('state'), 'board-a', String(waitMs)];
    this.child = spawn(process.execPath, args, { cwd: root });
    this.child.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  async says(): Promise<string> {
    const next = await this.#lines.next();
    return next.done === true ? '(nothing more)' : next.value;
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await exited;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

test('another process is refused a board that is held, and told by whom', async ({}, info) => {
  const reservation = new LocalReservation(info.outputPath('state'));
  const lease = await reservation.acquire({ boards: ['board-a'] }, wanted());
  await using other = new Other(info, 500);
  const said = [await other.says(), await other.says()].map((text) =>
    text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME'),
  );
  await lease.release();
  const holder = `${me} since TIME, for npm test (process ${process.pid})`;

  expect(said[0]).toBe(`waits for ${holder}`);
  expect(said[1]).toContain(`last seen: board-a: ${holder} `);
  expect(said[1]).toMatch(
    /^refused: board-a: no board was free for a test of the reservation; it is held by /,
  );
});

test('a board that is given back goes to the one who waits', async ({}, info) => {
  const reservation = new LocalReservation(info.outputPath('state'));
  const lease = await reservation.acquire({ boards: ['board-a'] }, wanted());
  await using other = new Other(info, 60_000);
  expect(await other.says()).toContain('waits for');
  await lease.release();

  expect(await other.says()).toBe('held');
  expect((await reservation.holderOf('board-a'))?.process?.pid).toBe(other.child.pid);
});

test('a wait ends with who holds the board, and since when', async ({}, info) => {
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  const reservation = new LocalReservation(info.outputPath('state'));
  const error = await failureOf(() => reservation.acquire({ boards: ['board-a'] }, wanted(120)));

  expect(error.fault).toBe('environment');
  expect(error.story.what).toContain(`no board was free for npm test; it is held by ${me} since `);
  expect(error.story.lastSeen).toContain(`board-a: ${me} since `);
  expect(error.story.lastSeen).toContain(`(process ${other.child.pid ?? 0})`);
});

test('the first free board of several is taken', async ({}, info) => {
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  const reservation = new LocalReservation(info.outputPath('state'));
  const lease = await reservation.acquire({ boards: ['board-a', 'board-b'] }, wanted());
  await lease.release();

  expect(lease.board).toBe('board-b');
});

test('the board of a process that was killed is free', async ({}, info) => {
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  await other.kill();
  const reservation = new LocalReservation(info.outputPath('state'));
  expect(await reservation.holderOf('board-a')).toBeUndefined();
  const lease = await reservation.acquire({ boards: ['board-a'] }, wanted());
  await lease.release();
});

test('one of many processes gets the board, and after each death the next', async ({}, info) => {
  const untilHeld = async (other: Other): Promise<Other> => {
    for (let said = ''; said !== 'held';) said = await other.says();
    return other;
  };
  const others = Array.from({ length: 4 }, () => new Other(info, 60_000));
  const left = new Map(others.map((other) => [other, untilHeld(other)]));
  const reservation = new LocalReservation(info.outputPath('state'));
  while (left.size > 0) {
    const holder = await Promise.race(left.values());
    expect((await reservation.holderOf('board-a'))?.process?.pid).toBe(holder.child.pid);
    left.delete(holder);
    await holder.kill();
  }
});

test('a holder is told at once that its board was taken away', async ({}, info) => {
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  const reservation = new LocalReservation(info.outputPath('state'));
  reservation.free('board-a', true);

  expect(await other.says()).toContain(
    'lost: board-a: the board was taken away from this run   last seen: it was released by somebody else',
  );
});

test('a lease that was taken away cannot be renewed, and its release frees nobody', async ({}, info) => {
  const reservation = new LocalReservation(info.outputPath('state'));
  const lease = await reservation.acquire({ boards: ['board-a'] }, wanted());
  reservation.free('board-a', true);
  const next = await reservation.acquire({ boards: ['board-a'] }, wanted());

  const error = await failureOf(() => lease.renew());
  expect(error.story.lastSeen).toContain(`held by ${me} since`);
  await lease.release();
  expect((await reservation.holderOf('board-a'))?.id).toBe(next.record.id);
  await next.release();
});

test('what another holds is not freed without force', async ({}, info) => {
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  const reservation = new LocalReservation(info.outputPath('state'));
  const error = await failureOf(() => reservation.free('board-a', false));

  expect(error.story.what).toBe('is held by somebody else');
  expect(error.story.remedy).toBe('ask them; --force takes it away, and ends what they run');
});

test('a run uses the board that its user reserved, and gives it back to the user', async ({}, info) => {
  const reservation = new LocalReservation(info.outputPath('state'));
  const own = reservation.reserve('board-a', 'bring-up', 60_000);
  await using other = new Other(info);
  expect(await other.says()).toBe('held');
  const during = await reservation.holderOf('board-a');
  expect(during?.process?.pid).toBe(other.child.pid);
  await other.kill();

  expect((await reservation.holderOf('board-a'))?.id).toBe(own.id);
});

test.describe('a record', () => {
  const now = { boot: (): string => 'this', nowMs: (): number => 5_000 };
  const person = { purpose: 'x', durationMs: 1000, process: undefined };

  test('of a person holds until it expires, whatever the time of day does', () => {
    const record = makeLease(person, now);

    expect(holderBy(record, now)).toBe(record);
    expect(holderBy({ ...record, expiresMs: 0 }, now)).toMatchObject({ id: record.id });
    expect(holderBy(record, { ...now, nowMs: () => 6_001 })).toBeUndefined();
  });

  test('of a process that cannot be seen from here holds until it expires', () => {
    const process = identify();
    if (process === undefined) throw new Error('this process is not in /proc');
    const elsewhere = { ...process, host: 'elsewhere' };
    const record: LeaseRecord = {
      ...makeLease({ ...person, process: elsewhere }),
      host: 'elsewhere',
    };

    expect(holderBy(record)).toBe(record);
    expect(holderBy({ ...record, expiresMs: Date.now() - 1 })).toBeUndefined();
    const contained = { ...record, process: { ...process, namespace: 'pid:[1]' } };
    expect(holderBy(contained)).toBe(contained);
  });

  test('of a number that another process has now holds nothing', () => {
    const process = identify();
    if (process === undefined) throw new Error('this process is not in /proc');
    const record = makeLease({ ...person, process: { ...process, started: '1' } });

    expect(holderBy(record)).toBeUndefined();
    expect(record.host).toBe(hostname());
  });

  test('that cannot be read holds the board: nothing is known of its holder', ({}, info) => {
    const log = new LeaseLog(info.outputPath('leases'));
    log.prepare();
    writeFileSync(join(log.directory, '7'), 'spoilt');

    expect(holderBy(log.newest().record)?.user).toBe('somebody unknown');
  });

  test('is put behind the one that was seen, by one of two', ({}, info) => {
    const log = new LeaseLog(info.outputPath('leases'));
    log.prepare();
    const seen = log.newest();
    expect(log.append(seen, makeLease(person))).toBe(true);
    expect(log.append(seen, makeLease(person))).toBe(false);
    const second = log.newest();
    expect(log.append(second, undefined)).toBe(true);

    // Its number is free again, but its time is over.
    expect(log.append(seen, makeLease(person))).toBe(false);
    expect(readdirSync(log.directory)).toEqual(['2']);
  });
});
