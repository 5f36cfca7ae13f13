// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import { openLine } from '../../../lib/serial/open-line.ts';
import type { SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { openPty, type Pty } from './pty.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Where the plug-ins of a ser2net are that is not installed: usr/libexec/TRIPLET/gensio/VERSION. */
async function pluginsBeside(program: string): Promise<string> {
  const libexec = join(dirname(program), '../libexec');
  const [triplet = ''] = await readdir(libexec);
  const gensio = join(libexec, triplet, 'gensio');
  const [version = ''] = await readdir(gensio);
  return join(gensio, version);
}

/** A ser2net that offers the port at `path` with RFC 2217, in the foreground. */
async function serve(pty: Pty, port: number, directory: string): Promise<OwnedProcess> {
  mkdirSync(directory, { recursive: true });
  const file = `${directory}/ser2net.yaml`;
  writeFileSync(
    file,
    `%YAML 1.1
---
connection: &board
  accepter: telnet(rfc2217=true),tcp,127.0.0.1,${port}
  connector: serialdev,${pty.path},9600n81,local
  options:
    kickolduser: false
`,
  );
  const { path, env } = resolveImages().ser2net();
  const variables = { ...env, GENSIO_LIBRARY_PATH: await pluginsBeside(path) };
  return OwnedProcess.start(path, ['-n', '-d', '-c', file, '-P', `${directory}/pid`], {
    env: variables,
  });
}

async function reach(port: number): Promise<SerialLine> {
  const spec = { kind: 'rfc2217', host: '127.0.0.1', port, baud: 115200, transient: true } as const;
  const line = await openLine('board', spec, Deadline.after(20_000));
  if (line.state === 'open') return line;
  await new Promise<void>((resolve) => {
    line.onState((state) => {
      if (state === 'open') resolve();
    });
  });
  return line;
}

test('ser2net sets the port’s rate as it is asked by RFC 2217', async ({}, { outputDir }) => {
  await using pty = await openPty();
  const port = await freePort();
  await using server = await serve(pty, port, outputDir);
  await using line = await reach(port);
  const settings = execFileSync('stty', ['-a', '-F', pty.path], { encoding: 'utf8' });

  expect(server.end).toBeUndefined();
  expect(line.state).toBe('open');
  expect(settings).toContain('speed 115200 baud');
  expect(settings).toMatch(/ cs8 /);
});

test('every byte passes ser2net both ways, IAC among them', async ({}, { outputDir }) => {
  await using pty = await openPty();
  const port = await freePort();
  await using server = await serve(pty, port, outputDir);
  await using line = await reach(port);
  const every = Buffer.from(Array.from({ length: 2048 }, (_unused, index) => (index * 7) % 256));
  const came: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    line.onData((chunk) => {
      came.push(Buffer.from(chunk));
      if (Buffer.concat(came).length >= every.length) resolve();
    });
  });
  line.write(every);
  await pty.until((heard) => heard.length >= every.length);
  pty.say(every);
  await all;

  expect(server.end).toBeUndefined();
  expect(pty.heard).toEqual(every);
  expect(Buffer.concat(came)).toEqual(every);
});
