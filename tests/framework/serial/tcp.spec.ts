// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from '@playwright/test';
import { openLine } from '../../../lib/serial/open-line.ts';
import type { LineState, SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

const soon = (): Deadline => Deadline.after(5000);

interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly sockets: Socket[];
}

async function listen(serve: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const at = (port: number, kind: 'tcp' | 'rfc2217', more: object = {}) => ({
  ...({ kind, host: '127.0.0.1', port, baud: 115200 } as const),
  ...more,
});

function comes(line: SerialLine, text: string): Promise<void> {
  let heard = '';
  return new Promise((resolve) => {
    line.onData((chunk) => {
      heard += Buffer.from(chunk).toString('latin1');
      if (heard.includes(text)) resolve();
    });
  });
}

function nextState(line: SerialLine, wanted: LineState): Promise<Error | undefined> {
  return new Promise((resolve) => {
    line.onState((state, why) => {
      if (state === wanted) resolve(why);
    });
  });
}

test('raw TCP carries every byte both ways', async () => {
  await using echo = await listen((socket) => socket.pipe(socket));
  await using line = await openLine('board', at(echo.port, 'tcp'), soon());
  const every = Buffer.from(Array.from({ length: 256 }, (_unused, byte) => byte));
  const back = comes(line, every.toString('latin1'));
  line.write(every);

  await back;
});

test('a server that nobody runs is named', async () => {
  const taken = await listen(() => undefined);
  await taken[Symbol.asyncDispose]();

  await expect(openLine('main console of kv260-b', at(taken.port, 'tcp'), soon())).rejects.toThrow(
    new RegExp(
      `^main console of kv260-b: 127.0.0.1:${taken.port} cannot be reached: .*\\n {2}to do: `,
    ),
  );
});

test('a transient line connects again when its server is back', async () => {
  const first = await listen((socket) => socket.write('one'));
  const { port } = first;
  await using line = await openLine('board', at(port, 'tcp', { transient: true }), soon());
  const gone = nextState(line, 'gone');
  await first[Symbol.asyncDispose]();
  expect((await gone)?.message).toContain(`tcp://127.0.0.1:${port} went away`);
  const again = comes(line, 'two');
  await using second = await listen((socket) => socket.write('two'), port);
  await again;

  expect(second.sockets).toHaveLength(1);
});

test('a server that refuses RFC 2217 is told from one that is silent', async () => {
  await using refusing = await listen((socket) => socket.write(Buffer.from([255, 254, 44])));
  await using silent = await listen(() => undefined);

  await expect(openLine('board', at(refusing.port, 'rfc2217'), soon())).rejects.toThrow(
    /does not speak RFC 2217\n {2}to do: .* `kind: tcp`/,
  );
  await expect(openLine('board', at(silent.port, 'rfc2217'), Deadline.after(100))).rejects.toThrow(
    /did not agree on RFC 2217 within 100 ms/,
  );
});

test('a rate that the server did not set is an error that names both', async () => {
  await using server = await listen((socket) => {
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes(Buffer.from([255, 251, 44]))) socket.write(Buffer.from([255, 253, 44]));
      if (chunk.includes(Buffer.from([255, 250, 44, 1])))
        socket.write(Buffer.from([255, 250, 44, 101, 0, 0, 0x25, 0x80, 255, 240]));
    });
  });

  await expect(openLine('board', at(server.port, 'rfc2217'), soon())).rejects.toThrow(
    'did not set baud to 115200: it is 9600',
  );
});
