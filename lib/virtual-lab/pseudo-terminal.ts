// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeEnd, OwnedProcess } from '../host/processes.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

/** Node has no call for it: a small program of Python's holds the terminal. */
const program = fileURLToPath(new URL('pseudo-terminal.py', import.meta.url));
const startMs = 20_000;

/** A device that can be opened as a serial port; `link` leads to it as long as it is there. */
export class PseudoTerminal implements AsyncDisposable {
  readonly link: string;
  readonly #process: OwnedProcess;

  private constructor(link: string, process: OwnedProcess) {
    this.link = link;
    this.#process = process;
    process.stdin.on('error', () => undefined); // The process's end tells the story.
  }

  /**
   * Makes the device; `onData` gets what its users write.
   * @throws EnvironmentError when this machine gives none.
   */
  static async open(
    link: string,
    onData: (bytes: Uint8Array) => void,
    deadline = Deadline.after(startMs),
  ): Promise<PseudoTerminal> {
    const process = await OwnedProcess.start('python3', [program, link]);
    let ready: (() => void) | undefined;
    const opened = new Promise<void>((resolve) => {
      ready = resolve;
    });
    process.stdout.on('data', (chunk: Buffer) => {
      if (ready === undefined) {
        onData(chunk);
        return;
      }
      ready();
      ready = undefined;
      // The first byte says that it can be opened.
      if (chunk.length > 1) onData(chunk.subarray(1));
    });
    const failed = process.ended.then((end): never => {
      throw new EnvironmentError({
        who: link,
        what: `no pseudo-terminal could be made: ${describeEnd(end)}`,
        lastSeen: process.stderr.trim(),
        remedy: 'see that the directory can be written, and that /dev/pts is mounted',
      });
    });
    failed.catch(() => undefined);
    const late = new EnvironmentError({ who: link, what: 'no pseudo-terminal came in time' });
    try {
      await deadline.bound(Promise.race([opened, failed]), () => late);
    } catch (error) {
      await process.stop();
      throw error;
    }
    return new PseudoTerminal(link, process);
  }

  /** Bytes that its holder has not taken yet. */
  get pending(): number {
    return this.#process.stdin.writableLength;
  }

  /** To whoever has the device open; lost if nobody has. */
  write(bytes: Uint8Array): void {
    if (this.#process.end === undefined) this.#process.stdin.write(bytes);
  }

  /** The device goes away; who has it open sees a hang-up. */
  async dispose(): Promise<void> {
    await this.#process.stop(() => this.#process.stdin.end());
    rmSync(this.link, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
