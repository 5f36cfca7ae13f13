// SPDX-License-Identifier: Apache-2.0
import { Deadline } from '../support/deadline.ts';
import type { SerialLine } from '../serial/serial-line.ts';

/** What one way of sending came to. */
export interface SerialFigures {
  readonly name: string;
  readonly sent: number;
  readonly received: number;
  /** Bytes that did not come back as they were sent, by position. */
  readonly wrong: number;
  readonly bytesPerSecond: number;
}

/** Bytes whose place can be told from their neighbours; all 256 values. */
export function serialPattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_unused, index) => (index ^ (index >>> 8)) & 0xff);
}

/**
 * Sends `length` bytes to a far end that gives every byte back, and compares what came.
 * Counts, and judges nothing: what did not come within `budgetMs` is lost.
 */
export async function echoThroughput(
  name: string,
  line: SerialLine,
  length: number,
  budgetMs: number,
): Promise<SerialFigures> {
  const sent = serialPattern(length);
  let [received, wrong] = [0, 0];
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const forget = line.onData((chunk) => {
    for (const byte of chunk) if (byte !== sent[received++]) wrong++;
    if (received >= length) done();
  });
  const startMs = performance.now();
  for (let from = 0; from < length; from += 4096) line.write(sent.subarray(from, from + 4096));
  const late = new Error('late');
  await Deadline.after(budgetMs)
    .bound(all, () => late)
    .catch(() => undefined);
  forget();
  const seconds = (performance.now() - startMs) / 1000;
  return { name, sent: length, received, wrong, bytesPerSecond: received / seconds };
}

/** As fast as the line goes, and in the pieces of two rates: ten bits a byte on the wire. */
export const serialPaces = [
  { name: 'as it goes', pacing: undefined },
  { name: '115200 baud', pacing: { chunk: 23, delayMs: 2 } },
  { name: '921600 baud', pacing: { chunk: 184, delayMs: 2 } },
] as const;
