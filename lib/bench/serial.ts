// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { OwnedProcess } from '../host/processes.ts';
import { openLine } from '../serial/open-line.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import { Deadline } from '../support/deadline.ts';

/** How fast a board prints, and what one measurement takes of it. */
export interface LineRate {
  readonly name: string;
  /** Bytes a second: ten bits a byte on the wire; 0: as fast as the line takes them. */
  readonly rate: number;
  readonly bytes: number;
}

/** Two usual rates, and the line's own. */
export const lineRates: readonly LineRate[] = [
  { name: '115200 baud', rate: 11_520, bytes: 11_520 * 3 },
  { name: '921600 baud', rate: 92_160, bytes: 92_160 * 3 },
  { name: 'as fast as it goes', rate: 0, bytes: 0x40_0000 },
];

/** What came of what a board printed. */
export interface SerialFigures {
  readonly name: string;
  readonly sent: number;
  readonly received: number;
  /** Bytes that did not come as they were sent, by position. */
  readonly wrong: number;
  readonly bytesPerSecond: number;
}

const program = fileURLToPath(new URL('far-end.py', import.meta.url));
const openMs = 20_000;

/** The byte at each place of the pattern that `far-end.py` prints. */
const byteAt = (index: number): number => (index ^ (index >>> 8)) & 0xff;

/**
 * Opens a real serial device whose far end prints at a UART's rate, and compares what comes.
 * Counts, and judges nothing: what did not come within `budgetMs` is lost.
 */
export async function receiveAt(
  { name, rate, bytes }: LineRate,
  budgetMs: number,
): Promise<SerialFigures> {
  await using farEnd = await OwnedProcess.start('python3', [program, String(bytes), String(rate)]);
  const [path] = (await once(farEnd.stdout, 'data')) as [Buffer];
  const spec = { kind: 'serial', path: path.toString(), baud: 921_600 } as const;
  await using line = await openLine('bench', spec, Deadline.after(openMs));
  return await receive(name, line, bytes, budgetMs);
}

async function receive(
  name: string,
  line: SerialLine,
  sent: number,
  budgetMs: number,
): Promise<SerialFigures> {
  let [received, wrong] = [0, 0];
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const forget = line.onData((chunk) => {
    for (const byte of chunk) if (byte !== byteAt(received++)) wrong++;
    if (received >= sent) done();
  });
  const startMs = performance.now();
  // The far end begins with the first byte that it gets.
  line.write(Uint8Array.of(0));
  const late = new Error('late');
  await Deadline.after(budgetMs)
    .bound(all, () => late)
    .catch(() => undefined);
  forget();
  const seconds = (performance.now() - startMs) / 1000;
  return { name, sent, received, wrong, bytesPerSecond: received / seconds };
}
