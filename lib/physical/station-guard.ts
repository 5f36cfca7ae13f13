// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { standingOf } from '../host/process-identity.ts';
import { LocalReservation } from '../lab/index.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { isAlive } from './ask-station.ts';
import type { BoardAccess } from './board-access.ts';
import type { StationOrder } from './station-protocol.ts';

/** How often it is looked whether the run still lives. */
const lookMs = 250;
/** How long the switch has. */
const offMs = 60_000;

/**
 * Has `command` run when this process ends without having called what this returns: also when it is
 * killed. Until then there is but a shell that waits at the end of a pipe.
 */
export async function guardedBy(command: readonly string[]): Promise<() => Promise<void>> {
  const guard = spawn('/bin/sh', ['-c', 'read -r word || exec "$@"', 'sh', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(guard, 'spawn');
  guard.unref();
  guard.stdin.on('error', () => undefined); // A guard that was killed guards nothing.
  return async () => {
    if (guard.stdin.closed) return;
    // Not `once` of node:events, which rejects when the guard is killed in this very moment.
    const closed = new Promise((resolve) => guard.stdin.once('close', resolve));
    guard.stdin.end('done\n');
    await closed;
  };
}

/**
 * What is left to do for a station that was killed: once its run has ended, the board is turned off,
 * unless another has it by then. A worker that still lives starts a station anew, and that does it.
 */
export async function tidyUp(
  { board, socket, runner }: StationOrder,
  stateDirectory: string,
  access: BoardAccess,
): Promise<void> {
  while (standingOf(runner) !== 'gone') {
    if (await isAlive(socket)) return;
    await pause(lookMs);
  }
  const waiting = { purpose: 'to turn it off after its run', deadline: Deadline.after(0) };
  await using lease = await new LocalReservation(stateDirectory).acquire(
    { boards: [board] },
    waiting,
  );
  await access.power.off(Deadline.after(offMs));
  await lease.release();
}
