// SPDX-License-Identifier: Apache-2.0
// What leads to a board, without a board.
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@playwright/test';
import { ConsoleLine } from '../../../lib/virtual-lab/console-line.ts';
import { PseudoTerminal } from '../../../lib/virtual-lab/pseudo-terminal.ts';
import { SshLine } from '../../../lib/virtual-lab/ssh-line.ts';
import { Terminal } from './terminal.ts';

/** A UART: what the line writes is in `heard`. */
class Uart extends PassThrough {
  heard = '';

  override write(chunk: Uint8Array): boolean {
    this.heard += Buffer.from(chunk).toString();
    return true;
  }

  print(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'));
  }
}

test('bytes for nobody are lost, and its device is gone with its holder', async ({}, testInfo) => {
  const link = testInfo.outputPath('port');
  const device = await PseudoTerminal.open(link, () => undefined);
  device.write(Buffer.from('for nobody'));
  // Its holder has read them when what comes behind them does not fit into the socket between:
  // net.core.wmem_max is 208 KiB.
  device.write(Buffer.alloc(0x10_0000, 'x'));
  await expect.poll(() => device.pending).toBe(0);
  {
    using first = new Terminal(link);
    await first.until('a reader', () => {
      device.write(Buffer.from('.'));
      return first.text.includes('.');
    });
    expect(first.text).toMatch(/^x*\.+$/);
    await device.dispose();
    expect(existsSync(link)).toBe(false);
    await first.until('the hang-up', () => first.hungUp);
  }
});

test('what is written just before a device is closed arrives', async ({}, testInfo) => {
  const link = testInfo.outputPath('port');
  let heard = '';
  await using device = await PseudoTerminal.open(link, (bytes) => {
    heard += Buffer.from(bytes).toString();
  });
  expect(device.link).toBe(link);
  const port = openSync(link, constants.O_RDWR | constants.O_NOCTTY);
  writeSync(port, 'last words');
  closeSync(port);
  await expect.poll(() => heard).toBe('last words');
  using next = new Terminal(link);
  next.write('!');
  await next.until('the next', () => heard === 'last words!');
});

test('noise, insertions and delays are on the line, each in its direction', async ({}, testInfo) => {
  const uart = new Uart();
  const acted: string[] = [];
  const path = testInfo.outputPath('port');
  await using line = await ConsoleLine.open(path, (action) => acted.push(action));
  using terminal = new Terminal(path);
  line.connect(uart);
  await terminal.until('a line', () => {
    uart.print('.');
    return terminal.text !== '';
  });

  line.faults = { toHost: { double: 1 }, toBoard: { double: 1 } };
  uart.print('<ab>');
  await terminal.read('<<aabb>>');
  terminal.write('ok');
  await terminal.until('what is sent', () => uart.heard === 'ookk');

  line.faults = { events: [{ at: 'pro', do: 'insert', text: '[message]' }] };
  uart.print('the p');
  uart.print('rompt, the prompt>');
  expect(await terminal.read('>')).toMatch(/the pro\[message\]mpt, the prompt$/);
  terminal.write('heard');
  await terminal.until('what is sent', () => uart.heard === 'ookkheard');

  line.faults = { toHost: { delayMs: 50 }, events: [{ at: 'x', do: 'reset', times: 2 }] };
  uart.print('1');
  line.faults = { events: [{ at: 'x', do: 'reset', times: 2 }] };
  uart.print('2xxx');
  await terminal.read('12xxx');
  expect(acted).toEqual(['reset', 'reset']);
});

test('a device that went away comes back under its name', async ({}, testInfo) => {
  const uart = new Uart();
  const path = testInfo.outputPath('port');
  await using line = await ConsoleLine.open(path, () => undefined);
  line.connect(uart);
  using terminal = new Terminal(path);
  await line.unplug();
  await terminal.until('the hang-up', () => terminal.hungUp);
  expect(existsSync(path)).toBe(false);

  await line.plug();
  using again = new Terminal(path);
  again.write('hello');
  await again.until('what is sent', () => uart.heard === 'hello');
});

interface Dialled {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly seen: () => string;
}

test('SSH leads to the board while it has power, and no answer comes half-open', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = await SshLine.open();
  const dial = async (port = line.port): Promise<Dialled> => {
    const socket = connect(port, '127.0.0.1');
    let seen = '';
    const closed = new Promise<void>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve();
      });
    });
    socket.on('data', (chunk) => (seen += chunk.toString()));
    await new Promise((resolve) => socket.on('connect', resolve));
    return { socket, closed, seen: () => seen };
  };
  const off = await dial();
  await off.closed;

  line.connect(() => Promise.resolve((server.address() as AddressInfo).port));
  const on = await dial();
  on.socket.write('one');
  await expect.poll(on.seen).toBe('one');
  line.fault = 'half-open';
  on.socket.write('two');
  const direct = await dial((server.address() as AddressInfo).port);
  direct.socket.write('as far');
  await expect.poll(direct.seen).toBe('as far');
  direct.socket.destroy();
  const probe = await dial();
  probe.socket.write('nothing comes');
  line.fault = 'refused';
  await Promise.all([on.closed, probe.closed]);
  expect([on.seen(), probe.seen()]).toEqual(['one', '']);
  line.dispose();
  server.close();
});

test('a device that cannot be made is told with its cause', async ({}, testInfo) => {
  const path = join(testInfo.outputPath('not there'), 'port');
  await expect(PseudoTerminal.open(path, () => undefined)).rejects.toThrow(
    /no pseudo-terminal could be made: exit code 1[^]*last seen:[^]*No such file/,
  );
});
