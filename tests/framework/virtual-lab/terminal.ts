// SPDX-License-Identifier: Apache-2.0
import { constants, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReadStream, WriteStream } from 'node:tty';
import { Deadline, pause } from '../../../lib/support/deadline.ts';
import type { VirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';

/** A device, opened as a person's terminal program opens it. */
export class Terminal implements Disposable {
  text = '';
  readonly #reader: ReadStream;
  readonly #writer: WriteStream;
  readonly #listeners = new Set<(chunk: Uint8Array) => void>();
  hungUp = false;

  constructor(path: string) {
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    this.#reader = new ReadStream(openSync(path, flags));
    this.#writer = new WriteStream(openSync(path, flags));
    for (const stream of [this.#reader, this.#writer])
      stream.on('error', () => {
        this.hungUp = true;
      });
    this.#reader.on('end', () => {
      this.hungUp = true;
    });
    this.#reader.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      for (const listener of this.#listeners) listener(chunk);
    });
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#listeners.add(listener);
  }

  write(bytes: Uint8Array | string): void {
    this.#writer.write(bytes);
  }

  /** Until `done` holds. */
  async until(what: string, done: () => boolean, budgetMs = 60_000): Promise<void> {
    const deadline = Deadline.after(budgetMs);
    while (!done()) {
      if (deadline.passed)
        throw new Error(
          `${what} did not come; last seen: ${JSON.stringify(this.text.slice(-500))}`,
        );
      await pause(5);
    }
  }

  /** What came before `text`, which is taken away with it. */
  async read(text: string, budgetMs?: number): Promise<string> {
    await this.until(JSON.stringify(text), () => this.text.includes(text), budgetMs);
    const at = this.text.indexOf(text);
    const before = this.text.slice(0, at);
    this.text = this.text.slice(at + text.length);
    return before;
  }

  /** Stops autoboot, and waits for the prompt. */
  async reachPrompt(): Promise<void> {
    await this.read('Hit any key');
    this.write(' ');
    await this.read(prompt);
  }

  /** Has U-Boot run a command, and returns what it prints. */
  async run(command: string): Promise<string> {
    this.write(`${command}\r`);
    return this.read(prompt);
  }

  [Symbol.dispose](): void {
    this.#reader.destroy();
    this.#writer.destroy();
  }
}

/** Processes whose command line is of this lab. */
export async function processesOf(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  return lines.filter((line) => line.includes(directory));
}

export const prompt = 'ZynqMP> ';

/** Asks a lab's endpoint as somebody who has its directory. */
export async function ask(
  lab: VirtualLab,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const token = (await readFile(join(lab.directory, 'token'), 'utf8')).trim();
  const response = await fetch(`${lab.url}/boards/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
