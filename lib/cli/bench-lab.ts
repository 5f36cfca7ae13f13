// SPDX-License-Identifier: Apache-2.0
import { lineRates, receiveAt, type SerialFigures } from '../bench/serial.ts';
import { formatTable } from './table.ts';

const budgetMs = 60_000;

function rowOf({ name, sent, received, wrong, bytesPerSecond }: SerialFigures): string[] {
  const lost = sent - received;
  return [name, `${Math.round(bytesPerSecond)} bytes/s`, `${lost} of ${sent} lost, ${wrong} wrong`];
}

/** Measures what leads to a board: its serial line. */
export async function benchLab(): Promise<void> {
  const rows: string[][] = [];
  for (const rate of lineRates) {
    process.stderr.write(`console at ${rate.name} ...\n`);
    rows.push(rowOf(await receiveAt(rate, budgetMs)));
  }
  process.stdout.write(formatTable([['console', 'read', 'bytes'], ...rows]));
}
