// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Download, type DownloadOptions, fetchFile } from '../../../lib/host/download.ts';
import { failureOf } from './failure-of.ts';
import { Loopback } from './loopback.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_unused, index) => index % 251));
const sha256 = createHash('sha256').update(content).digest('hex');
const impatient: DownloadOptions = { attempts: 3, retryMs: 1, stallMs: 300 };

function order(urls: string[], directory: string): Download {
  return { urls, file: join(directory, 'sub/file.bin'), size: content.length, sha256 };
}

/** Serves the file from where the request's Range begins. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200);
  response.end(content.subarray(start));
}

/** Sends bytes up to `sent`, and breaks the connection once they have reached the disk. */
function breakAt(sent: number, file: string): RequestListener {
  return (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start });
    response.write(content.subarray(start, Math.max(start + 1, sent)));
    const timer = setInterval(() => {
      if ((statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0) < sent) return;
      clearInterval(timer);
      response.destroy();
    }, 2);
  };
}

test('a file arrives under its name, and is not fetched again', async ({}, info) => {
  await using server = await Loopback.start(serve);
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile(wanted, impatient);
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
  expect(existsSync(`${wanted.file}.part`)).toBe(false);
  expect(server.requests).toHaveLength(1);
});

test('a broken connection is taken up where it broke', async ({}, info) => {
  const broken = breakAt(20_000, info.outputPath('sub/file.bin'));
  let asked = 0;
  await using server = await Loopback.start((...exchange) => {
    (++asked === 1 ? broken : serve)(...exchange);
  });
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=20000-']);
});

test('a killed run leaves no whole file, and the next run goes on', async ({}, info) => {
  await using server = await Loopback.start(serve);
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile({ ...wanted, file: info.outputPath('sub/other') }, impatient);
  writeFileSync(`${wanted.file}.part`, content.subarray(0, 50_000));
  expect(existsSync(wanted.file)).toBe(false);
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
  expect(server.requests.at(-1)?.headers.range).toBe('bytes=50000-');
});

test('a truncated file under the right name is fetched anew', async ({}, info) => {
  await using server = await Loopback.start(serve);
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile(wanted, impatient);
  writeFileSync(wanted.file, content.subarray(0, 10));
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
});

test('a partial file with wrong bytes is thrown away, and fetched whole', async ({}, info) => {
  await using server = await Loopback.start(serve);
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile({ ...wanted, file: info.outputPath('sub/other') }, impatient);
  writeFileSync(`${wanted.file}.part`, Buffer.alloc(1000, 0xee));
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
});

test('a server that ignores Range is read from the start', async ({}, info) => {
  await using server = await Loopback.start((_request, response) => response.end(content));
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile({ ...wanted, file: info.outputPath('sub/other') }, impatient);
  writeFileSync(`${wanted.file}.part`, content.subarray(0, 50_000));
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
  // In one go, not by way of a wrong checksum.
  expect(server.requests).toHaveLength(2);
});

test('a redirection is followed', async ({}, info) => {
  await using server = await Loopback.start((request, response) => {
    if (request.url === '/file') serve(request, response);
    else response.writeHead(302, { location: '/file' }).end();
  });
  const wanted = order([server.url('elsewhere')], info.outputPath());
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
});

test('what the first place lacks comes from the second', async ({}, info) => {
  await using server = await Loopback.start((request, response) => {
    if (request.url === '/archive') serve(request, response);
    else response.writeHead(404).end();
  });
  const wanted = order([server.url('pool'), server.url('archive')], info.outputPath());
  await fetchFile(wanted, impatient);

  expect(readFileSync(wanted.file).equals(content)).toBe(true);
  expect(server.requests.map(({ url }) => url)).toEqual(['/pool', '/archive']);
});

test('a file that no place has is named with each answer and the cure', async ({}, info) => {
  await using server = await Loopback.start((_request, response) => response.writeHead(404).end());
  const wanted = order([server.url('pool'), server.url('archive')], info.outputPath());
  const error = await failureOf(() => fetchFile(wanted, impatient));

  expect(error.message).toBe(
    [
      `${wanted.file}: could not be downloaded`,
      '  reached: 0 B of 292.97 KiB',
      `  last seen: ${server.url('pool')}: HTTP status 404`,
      `    ${server.url('archive')}: HTTP status 404`,
      '  to do: the mirror has moved on: set CROSSPAGE_DEBIAN_SNAPSHOT to an archive that keeps ' +
        'old files, or run `npx crosspage images update`',
    ].join('\n'),
  );
  expect(server.requests).toHaveLength(2);
});

test('a file with other content is refused', async ({}, info) => {
  const other = Buffer.alloc(content.length, 1);
  const actual = createHash('sha256').update(other).digest('hex');
  await using server = await Loopback.start((_request, response) => response.end(other));
  const wanted = order([server.url('f')], info.outputPath());
  const error = await failureOf(() => fetchFile(wanted, impatient));

  expect(error.story.lastSeen).toBe(`${server.url('f')}: has SHA256 ${actual}, expected ${sha256}`);
  expect(existsSync(wanted.file)).toBe(false);
  expect(existsSync(`${wanted.file}.part`)).toBe(false);
});

test('a file that is too long is refused', async ({}, info) => {
  await using server = await Loopback.start((_request, response) => {
    response.end(Buffer.concat([content, content]));
  });
  const wanted = order([server.url('f')], info.outputPath());
  const error = await failureOf(() => fetchFile(wanted, impatient));

  expect(error.story.lastSeen).toMatch(/has \d+ bytes, expected 300000$/);
  expect(existsSync(wanted.file)).toBe(false);
});

test('a network that stays away is named with how far it came', async ({}, info) => {
  const broken = breakAt(30_720, info.outputPath('sub/file.bin'));
  await using server = await Loopback.start(broken);
  const wanted = order([server.url('f')], info.outputPath());
  const error = await failureOf(() => fetchFile(wanted, impatient));

  expect(error.story.what).toBe('could not be downloaded');
  expect(error.story.reached).toMatch(/^30(\.0\d)? KiB of 292\.97 KiB$/);
  expect(error.story.where).toBe(`${wanted.file}.part`);
  expect(error.story.remedy).toBe(
    'look at the network, then run the command again: it goes on where it stopped',
  );
  expect(server.requests).toHaveLength(3);
});

test('a server that falls silent counts as broken', async ({}, info) => {
  let asked = 0;
  await using server = await Loopback.start((request, response) => {
    if (++asked > 1) serve(request, response);
    else response.writeHead(200).write(content.subarray(0, 100));
  });
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile(wanted, impatient);

  expect(server.requests).toHaveLength(2);
});

test('a full disk is named as such', async ({}, info) => {
  await using server = await Loopback.start(serve);
  const wanted = order([server.url('f')], info.outputPath());
  await fetchFile({ ...wanted, file: info.outputPath('sub/other') }, impatient);
  // Writing to this device fails with ENOSPC: full(4).
  symlinkSync('/dev/full', `${wanted.file}.part`);
  const error = await failureOf(() => fetchFile(wanted, impatient));

  expect(error.story.what).toBe('the disk is full');
  expect(error.story.remedy).toContain('make room');
  expect(existsSync(wanted.file)).toBe(false);
});
