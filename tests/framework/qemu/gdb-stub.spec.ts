// SPDX-License-Identifier: Apache-2.0
// A gdbstub that does not do what it should. The stub here is a mock that speaks the protocol
// wrongly, or late, on purpose, which QEMU's does not; tests/stage2 uses the real one.
import { Duplex } from 'node:stream';
import { expect, test } from '@playwright/test';
import type { StoppedProcessor } from '../../../lib/boards/board.ts';
import { GdbStub } from '../../../lib/qemu/gdb-stub.ts';
import { encodePacket, RspReader } from '../../../lib/qemu/rsp.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';

const description = '<target><reg name="VTTBR_EL2" bitsize="64" regnum="221"/></target>';

/** What a good stub answers. */
function goodAnswer(command: string): string {
  if (command === 'qfThreadInfo') return 'mp01.01';
  if (command === 'qsThreadInfo') return 'l';
  if (command.startsWith('qXfer')) return `l${description}`;
  if (command.startsWith('Hg')) return 'OK';
  if (command === 'pdd') return '0010000000000100';
  return 'PacketSize=1000';
}

/**
 * A mock of the other end: answers by `answer`, whose undefined is silence and whose bytes go as
 * they are. It stops when it is interrupted, and says so at once unless it is told to be late.
 */
class StandIn extends Duplex {
  readonly #reader = new RspReader();
  readonly #answer: (command: string) => string | Buffer | undefined;
  readonly asked: string[] = [];
  /** Whether stops are held back until {@link stopNow}. */
  late = false;

  constructor(answer: (command: string) => string | Buffer | undefined) {
    super();
    this.#answer = answer;
  }

  override _read(): void {
    // Pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk[0] === 0x03) {
      this.asked.push('interrupt');
      if (!this.late) this.stopNow();
    }
    for (const event of this.#reader.push(chunk)) {
      if (event.is !== 'packet') continue;
      this.asked.push(event.data);
      const answer = event.data === 'c' ? undefined : this.#answer(event.data);
      if (answer !== undefined)
        this.push(typeof answer === 'string' ? encodePacket(answer) : answer);
    }
    done();
  }

  stopNow(): void {
    this.push(encodePacket('T02thread:p01.01;'));
  }
}

/** Whether the machine was let go on as often as it was stopped. */
const runs = (socket: StandIn, stops: number): boolean =>
  socket.asked.filter((command) => command === 'c').length === stops;

let kinds = 0;

function stubOn(socket: StandIn, attach = (): Promise<void> => Promise.resolve()): GdbStub {
  // Register numbers are kept by kind: each test has its own.
  return new GdbStub({ socket, fate: new Fate(), attach, kind: `stand-in ${++kinds}` });
}

const read = async ([cpu]: readonly StoppedProcessor[]): Promise<bigint | undefined> =>
  cpu?.register('VTTBR_EL2');

async function failure(
  answer: (command: string) => string | Buffer | undefined,
  look = read,
): Promise<Error> {
  const socket = new StandIn(answer);
  const reading = stubOn(socket).whileStopped(Deadline.after(100), look);
  return reading.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );
}

test('a register is read, and the machine goes on', async () => {
  const socket = new StandIn(goodAnswer);
  const stub = stubOn(socket);

  expect(await stub.whileStopped(Deadline.after(1000), read)).toBe(0x0001_0000_0000_1000n);
  expect(await stub.whileStopped(Deadline.after(1000), read)).toBe(0x0001_0000_0000_1000n);
  expect(socket.asked.filter((command) => command === 'c')).toHaveLength(2);
  expect(socket.asked.filter((command) => command.startsWith('qXfer'))).toHaveLength(1);
});

test('a register that this QEMU does not have is named', async () => {
  const error = await failure(goodAnswer, async ([cpu]) => cpu?.register('VSTTBR_EL2'));

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toBe(
    'QEMU’s gdbstub: does not have the register VSTTBR_EL2\n' +
      '  to do: use QEMU 9 or later, whose gdbstub describes the system registers of EL2',
  );
});

test('a stub that does not answer ends the wait at the deadline', async () => {
  const silent = await failure((command) => (command === 'pdd' ? undefined : goodAnswer(command)));

  expect(silent).toBeInstanceOf(EnvironmentError);
  expect(silent.message).toMatch(/^QEMU’s gdbstub: did not answer pdd within 100 ms\n/);
});

test('an answer that is none is quoted', async () => {
  const odd = await failure((command) => (command === 'pdd' ? 'E14' : goodAnswer(command)));
  expect(odd.message).toMatch(/^QEMU’s gdbstub: answered register VTTBR_EL2 with "E14"\n/);

  const short = await failure((command) => (command === 'pdd' ? '12' : goodAnswer(command)));
  expect(short.message).toMatch(/with "12"\n/);

  const unknown = await failure((command) =>
    command.startsWith('qXfer') ? '' : goodAnswer(command),
  );
  expect(unknown.message).toMatch(/with nothing, which means that it does not know it\n/);

  const nobody = await failure((command) =>
    command === 'qfThreadInfo' ? 'l' : goodAnswer(command),
  );
  expect(nobody.message).toMatch(/^QEMU’s gdbstub: names no processor\n/);
});

test('packets that arrive damaged again and again are given up', async () => {
  const damaged = Buffer.from('$0010000000000100#00');
  const always = await failure((command) =>
    command === 'pdd' ? Buffer.concat([damaged, damaged, damaged, damaged]) : goodAnswer(command),
  );

  expect(always).toBeInstanceOf(EnvironmentError);
  expect(always.message).toMatch(/^QEMU’s gdbstub: answered pdd with 4 damaged packets\n/);
});

test('a stub that goes away ends the wait at once', async () => {
  const socket = new StandIn((command) => (command === 'pdd' ? undefined : goodAnswer(command)));
  const reading = stubOn(socket).whileStopped(Deadline.after(10_000), read);
  socket.destroy();

  await expect(reading).rejects.toThrow(/^QEMU’s gdbstub: went away: its socket was closed\n/);
});

test('a stop that comes after the deadline does not leave the machine stopped', async () => {
  const socket = new StandIn(goodAnswer);
  const stub = stubOn(socket);
  await stub.whileStopped(Deadline.after(1000), read);
  socket.late = true;
  const reading = stub.whileStopped(Deadline.after(20), read);

  await expect(reading).rejects.toThrow(/did not answer the interrupt within 20 ms/);
  expect(runs(socket, 1)).toBe(true);
  socket.stopNow();

  await expect.poll(() => runs(socket, 2)).toBe(true);
  expect(socket.asked.at(-1)).toBe('c');
});

test('a stop that comes late serves who asks meanwhile, without another', async () => {
  const socket = new StandIn(goodAnswer);
  const stub = stubOn(socket);
  await stub.whileStopped(Deadline.after(1000), read);
  socket.late = true;
  await expect(stub.whileStopped(Deadline.after(20), read)).rejects.toThrow(/did not answer/);
  const again = stub.whileStopped(Deadline.after(10_000), read);
  setImmediate(() => {
    socket.stopNow();
  });

  expect(await again).toBe(0x0001_0000_0000_1000n);
  expect(socket.asked.filter((command) => command === 'interrupt')).toHaveLength(1);
  expect(runs(socket, 2)).toBe(true);
});

test('a stub that is attached after the deadline does not leave the machine stopped', async () => {
  const socket = new StandIn(goodAnswer);
  let attached = (): void => undefined;
  const stub = stubOn(socket, () => new Promise((resolve) => (attached = resolve)));
  const reading = stub.whileStopped(Deadline.after(20), read);

  await expect(reading).rejects.toThrow(/did not answer to be attached within 20 ms/);
  expect(socket.asked).toEqual([]);
  attached();

  await expect.poll(() => socket.asked).toEqual(['c']);
});

test('a stub that is attached and then says nothing does not leave the machine stopped', async () => {
  const socket = new StandIn(() => undefined);
  const reading = stubOn(socket).whileStopped(Deadline.after(20), read);

  await expect(reading).rejects.toThrow(/did not answer qSupported\S+ within 20 ms/);
  expect(socket.asked.at(-1)).toBe('c');
});

test('an answer that comes late is not taken for that of the next question', async () => {
  let late = true;
  const socket = new StandIn((command) =>
    command === 'pdd' && late ? undefined : goodAnswer(command),
  );
  const stub = stubOn(socket);
  await expect(stub.whileStopped(Deadline.after(50), read)).rejects.toThrow(/did not answer pdd/);
  late = false;
  const again = stub.whileStopped(Deadline.after(1000), read);
  // Behind the interrupt, as the socket keeps the order of what is written.
  socket.push(encodePacket('ffffffffffffffff'));

  expect(await again).toBe(0x0001_0000_0000_1000n);
});

test('a question that is never answered does not take the answers of the next look', async () => {
  let asked = 0;
  const socket = new StandIn((command) =>
    command === 'pdd' && ++asked === 1 ? undefined : goodAnswer(command),
  );
  const stub = stubOn(socket);
  await expect(stub.whileStopped(Deadline.after(50), read)).rejects.toThrow(/did not answer pdd/);

  expect(await stub.whileStopped(Deadline.after(1000), read)).toBe(0x0001_0000_0000_1000n);
});

test('a machine that somebody else stops is his to let go on', async () => {
  const socket = new StandIn(goodAnswer);
  const stub = stubOn(socket);
  await stub.whileStopped(Deadline.after(1000), read);
  socket.stopNow();

  expect(await stub.whileStopped(Deadline.after(1000), read)).toBe(0x0001_0000_0000_1000n);
  expect(runs(socket, 2)).toBe(true);
});
