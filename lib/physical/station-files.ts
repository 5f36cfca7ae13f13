// SPDX-License-Identifier: Apache-2.0
/** What stations leave beside their sockets, and when it is of no more use. */
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { standingOf } from '../host/process-identity.ts';
import { isAlive, refusedRun } from './ask-station.ts';

/** An error refers to the log of a station that was killed: so long it can be read. */
const keptMs = 7 * 24 * 3_600_000;

/** A station's socket, and what has its name and more. */
const ours = /^([0-9a-f]{16}\.sock)(?:\.|$)/;

/** Where a station that listens at `path` writes what went wrong with it. */
export const logOf = (path: string): string => `${path}.log`;

/** Whether the run is over in which the station at `path` was refused. */
async function isOver(path: string): Promise<boolean> {
  const runner = await refusedRun(path);
  return runner !== undefined && standingOf(runner) === 'gone';
}

/** A station that ends as it should has nothing to tell, unless it has written something. */
export async function removeEmptyLog(path: string): Promise<void> {
  const { size } = await stat(logOf(path)).catch(() => ({ size: undefined }));
  if (size === 0) await rm(logOf(path), { force: true });
}

/**
 * Removes what is of no more use of all stations beside `path`: why a board was not a run's, once that
 * run is over; after a week, what a station left that was killed. Others may do so at the same time.
 */
export async function sweepStations(path: string, nowMs = Date.now()): Promise<void> {
  const directory = dirname(path);
  for (const name of await readdir(directory)) {
    const socket = ours.exec(name)?.[1];
    if (socket === undefined) continue;
    const [file, station] = [join(directory, name), join(directory, socket)];
    const refusal = file === `${station}.refused`;
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: nowMs }));
    const old = nowMs - mtimeMs > keptMs && !(await isAlive(station));
    if (old || (refusal && (await isOver(station)))) await rm(file, { force: true });
  }
}
