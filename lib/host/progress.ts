// SPDX-License-Identifier: Apache-2.0
import { formatBytes } from '../support/units.ts';

/** Where progress is shown: `process.stderr`, or anything like it. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Seconds with a tenth, as in `21.3 s`. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Tells how far a long job has come. On a terminal one line is written over and over; elsewhere
 * each step is one line when it is done, so that a log stays readable.
 */
export class Progress {
  readonly #output: ProgressOutput;
  #shown = '';
  #step = '';
  #done = 0;
  #total = 0;
  #stepStart = 0;
  #lastShownAt = 0;

  constructor(output: ProgressOutput = process.stderr) {
    this.#output = output;
  }

  /** Says how many steps there will be in all. */
  plan(steps: number): void {
    this.#total += steps;
  }

  /** Begins a step. */
  begin(step: string): void {
    this.#step = step;
    this.#stepStart = performance.now();
    this.#show(this.#step);
  }

  /** Tells more of the step that goes on; shown on a terminal only, ten times a second at most. */
  detail(text: string): void {
    if (performance.now() - this.#lastShownAt < 100) return;
    const elapsed = formatSeconds(performance.now() - this.#stepStart);
    this.#show(`${this.#step} ${text} ${elapsed}`);
  }

  /** {@link Progress.detail} of a transfer. */
  bytes(done: number, total: number): void {
    const seconds = Math.max(0.001, (performance.now() - this.#stepStart) / 1000);
    this.detail(`${formatBytes(done)}/${formatBytes(total)} ${formatBytes(done / seconds)}/s`);
  }

  /** Ends the step. */
  end(outcome = 'done'): void {
    this.#done++;
    const elapsed = formatSeconds(performance.now() - this.#stepStart);
    this.say(`${this.#count(this.#done)}${this.#step}: ${outcome} (${elapsed})`);
  }

  /** Prints a whole line. */
  say(line: string): void {
    this.clear();
    this.#output.write(`${line}\n`);
  }

  /** Wipes the line that is shown, before somebody else prints. */
  clear(): void {
    if (this.#shown === '') return;
    this.#output.write(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
  }

  #count(step: number): string {
    return this.#total === 0 ? '' : `[${step}/${Math.max(this.#total, step)}] `;
  }

  #show(text: string): void {
    if (this.#output.isTTY !== true) return;
    this.clear();
    const line = `${this.#count(this.#done + 1)}${text}`.slice(0, (this.#output.columns ?? 80) - 1);
    this.#output.write(line);
    this.#shown = line;
    this.#lastShownAt = performance.now();
  }
}
