// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { openBoard } from '../fixtures/open-board.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import { projectRoot } from '../images/places.ts';
import { soak as run } from '../soak/soak.ts';
import type { SoakState } from '../soak/state.ts';
import { MisuseError } from '../support/errors.ts';
import { setUp } from './set-up.ts';

const workers = 2;
const barWidth = 20;

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new MisuseError({
    who: `soak ${text}`,
    what: 'takes one number: how many boots',
    remedy: 'run: npm run soak -- 1000',
  });
}

function print({ boots, alarms, records, busyMs }: SoakState): void {
  const { received, missing, damaged, repeated, stale } = records;
  const lost = `${missing} missing, ${damaged} damaged, ${repeated} repeated, ${stale} stale`;
  const rate = `${((1000 * boots) / busyMs).toFixed(2)} a second`;
  const rows = [
    `boots          ${boots} in ${formatSeconds(busyMs)}, ${rate} with ${workers} workers`,
    `false alarms   ${alarms.length}`,
    `records        ${received} received, ${lost}`,
    ...alarms.map(
      ({ boot, message, evidence }) => `\nalarm in boot ${boot}: ${message}\n  ${evidence}`,
    ),
  ];
  process.stdout.write(`\n${rows.join('\n')}\n`);
}

/** Boots a clean system many times; any failure is a false alarm. */
export async function soak(text: string, { fresh = false }: { fresh?: boolean }): Promise<void> {
  const count = countOf(text);
  await setUp();
  const progress = new Progress();
  progress.begin('soak');
  const state = await run({
    board: openBoard('qemu-virt'),
    count,
    workers,
    directory: join(projectRoot, 'reports/soak'),
    fresh,
    onBoot: ({ boots, alarms }, here, elapsedMs) => {
      const full = Math.floor((barWidth * boots) / count);
      const bar = `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
      const rate = `${((1000 * here) / elapsedMs).toFixed(2)}/s`;
      progress.detail(`${bar} ${boots}/${count} boots ${rate} ${alarms.length} alarms`);
      // In a log the bar is not shown; a line now and then says that it goes on.
      if (boots % 100 === 0 && !process.stderr.isTTY)
        progress.say(`${boots}/${count} boots, ${rate}, ${alarms.length} alarms`);
    },
  });
  progress.clear();
  print(state);
  if (state.alarms.length > 0) process.exitCode = 1;
}
