// SPDX-License-Identifier: Apache-2.0
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pause } from '../support/deadline.ts';
import { EnvironmentError, type ErrorStory, messageOf } from '../support/errors.ts';
import { formatBytes } from '../support/units.ts';
import { httpGet, httpStatus } from './http.ts';

/** One file to fetch, and what it must turn out to be. */
export interface Download {
  /** Places to try, in this order. */
  readonly urls: readonly string[];
  /** Where it is put when it is whole. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

/** How a download is made; the defaults suit people, the tests want less patience. */
export interface DownloadOptions {
  readonly onBytes?: (done: number, total: number) => void;
  /** How often a broken connection is taken up again. */
  readonly attempts?: number;
  /** How long nothing may come before the connection counts as broken. */
  readonly stallMs?: number;
  /** Pause before the second attempt; it doubles. */
  readonly retryMs?: number;
}

/** A place that answered, but does not have the file. */
class NotThere extends Error {}

/** Every place that was asked answered, and none has the file: another file may be had. */
export class NotToBeHadError extends EnvironmentError {}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function hashFile(file: string, hash: Hash): Promise<void> {
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
}

/**
 * Takes up the transfer from where the partial file ends, to the end of the file.
 * @throws NotThere, or whatever broke the transfer or the writing.
 */
async function transfer(url: string, download: Download, options: DownloadOptions): Promise<void> {
  const part = `${download.file}.part`;
  const start = await sizeOf(part);
  if (start === download.size) return;
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  const response = await httpGet(url, headers, options.stallMs ?? 30_000);
  const status = response.statusCode ?? 0;
  if (status !== 200 && status !== 206) {
    response.destroy();
    if (status >= 500 || status === 429) throw new Error(`HTTP status ${status}`);
    if (status === 416) await rm(part, { force: true });
    throw status === 416
      ? new Error('the server cannot resume')
      : new NotThere(`HTTP status ${status}`);
  }
  // A server that ignores Range sends the whole file with 200: begin anew.
  let done = status === 206 ? start : 0;
  await using file = await open(part, status === 206 ? 'a' : 'w');
  for await (const chunk of response) {
    await file.writeFile(chunk as Buffer);
    done += (chunk as Buffer).length;
    if (done > download.size) break;
    options.onBytes?.(done, download.size);
  }
  if (done < download.size) throw new Error(`the connection ended after ${done} bytes`);
}

async function verify(download: Download): Promise<string | undefined> {
  const part = `${download.file}.part`;
  const size = await sizeOf(part);
  if (size !== download.size) return `has ${size} bytes, expected ${download.size}`;
  const hash = createHash('sha256');
  await hashFile(part, hash);
  const actual = hash.digest('hex');
  return actual === download.sha256
    ? undefined
    : `has SHA256 ${actual}, expected ${download.sha256}`;
}

function isDiskTrouble(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO'].includes(code ?? '');
}

async function fetchFrom(url: string, download: Download, options: DownloadOptions): Promise<void> {
  const attempts = options.attempts ?? 4;
  let resumed = (await sizeOf(`${download.file}.part`)) > 0;
  for (let attempt = 1; ; attempt++) {
    try {
      await transfer(url, download, options);
    } catch (error) {
      if (error instanceof NotThere || isDiskTrouble(error) || attempt >= attempts) throw error;
      await pause((options.retryMs ?? 500) * 2 ** (attempt - 1));
      resumed = true;
      continue;
    }
    const wrong = await verify(download);
    if (wrong === undefined) return;
    await rm(`${download.file}.part`, { force: true });
    // A transfer that was taken up from an old partial file may owe its fault to that file.
    if (!resumed) throw new NotThere(wrong);
    resumed = false;
  }
}

/**
 * Fetches `download.file` unless it is there already. It appears under its name only when it is
 * whole and its SHA256 is right; until then it is `<file>.part`, which a later call takes up.
 * @throws EnvironmentError when no place has it, the network stays away, or the disk is full.
 */
export async function fetchFile(download: Download, options: DownloadOptions = {}): Promise<void> {
  if ((await sizeOf(download.file)) === download.size) return;
  const part = `${download.file}.part`;
  const failures: string[] = [];
  let answered = download.urls.length > 0;
  for (const url of download.urls) {
    try {
      await mkdir(dirname(download.file), { recursive: true });
      await fetchFrom(url, download, options);
      await rename(part, download.file);
      return;
    } catch (error) {
      if (isDiskTrouble(error)) throw diskError(download, error, await sizeOf(part));
      if (!(error instanceof NotThere)) answered = false;
      failures.push(`${url}: ${messageOf(error)}`);
    }
  }
  const story = networkStory(download, failures, await sizeOf(part));
  throw answered ? new NotToBeHadError(story) : new EnvironmentError(story);
}

function diskError(download: Download, error: unknown, done: number): EnvironmentError {
  const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
  return new EnvironmentError(
    {
      who: download.file,
      what: full ? 'the disk is full' : `cannot be written: ${messageOf(error)}`,
      reached: `${formatBytes(done)} of ${formatBytes(download.size)}`,
      where: dirname(download.file),
      remedy: full
        ? 'make room, or delete old images with `npx crosspage images clean`; the download is taken up again'
        : 'make the directory writable',
    },
    { cause: error },
  );
}

function networkStory(download: Download, failures: string[], done: number): ErrorStory {
  return {
    who: download.file,
    what: 'could not be downloaded',
    reached: `${formatBytes(done)} of ${formatBytes(download.size)}`,
    lastSeen: failures.length === 0 ? 'no place to fetch it from is known' : failures.join('\n'),
    where: done > 0 ? `${download.file}.part` : undefined,
    remedy: failures.some((failure) => /status 40[34]|SHA256|bytes, expected/.test(failure))
      ? 'the mirror has moved on: set CROSSPAGE_DEBIAN_SNAPSHOT to an archive that keeps old files, or run `npx crosspage images update`'
      : 'look at the network, then run the command again: it goes on where it stopped',
  };
}

/** Whether `url` can be had: its HTTP status, or what went wrong. */
export async function headOf(url: string): Promise<{ ok: boolean; answer: string }> {
  try {
    const status = await httpStatus(url, 15_000);
    return { ok: status === 200, answer: `HTTP status ${status}` };
  } catch (error) {
    return { ok: false, answer: messageOf(error) };
  }
}
