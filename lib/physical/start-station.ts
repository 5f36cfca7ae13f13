// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify } from '../host/process-identity.ts';
import { boardOf, type Lab } from '../lab/index.ts';
import { Deadline } from '../support/deadline.ts';
import { BlockedError } from '../support/errors.ts';
import { isAlive, noteRefusal, refusalAt } from './ask-station.ts';
import { HostFault } from './blame.ts';
import type { BoardAccess } from './board-access.ts';
import { stationAccess } from './station-access.ts';
import { logOf } from './station-files.ts';
import { readLine, type StationOrder, type StationReply } from './station-protocol.ts';

/** A process of TypeScript takes a while to start, on a host that is busy a long one. */
const startMs = 60_000;

/** What a station belongs to. */
export interface StationOwner {
  /** The run's name: each run has stations of its own. */
  readonly run: string;
  /** The process whose end is the end of the run. */
  readonly runnerPid: number;
  readonly purpose: string;
  /** How long the board may be waited for. */
  readonly waitMs: number;
}

/** A socket's path is at most 107 bytes (unix(7)): it does not lie in the lab's own directory. */
function socketPath(lab: Lab, board: string, run: string): string {
  const key = createHash('sha256').update(`${lab.path}\0${board}\0${run}`).digest('hex');
  return join(tmpdir(), `crosspage-${userInfo().uid}`, `${key.slice(0, 16)}.sock`);
}

/**
 * The station of a board for this run, started if there is none yet.
 * @throws BlockedError when another has the board; for the rest of the run without waiting again.
 */
export async function attachStation(
  lab: Lab,
  board: string,
  owner: StationOwner,
): Promise<BoardAccess> {
  const path = socketPath(lab, board, owner.run);
  const ensure = async (): Promise<void> => {
    if (await isAlive(path)) return;
    const refusal = await refusalAt(path);
    if (refusal !== undefined) throw new BlockedError(refusal);
    await start(lab, board, owner, path);
  };
  await ensure();
  return stationAccess(boardOf(lab, board), path, ensure);
}

async function start(lab: Lab, board: string, owner: StationOwner, path: string): Promise<void> {
  const runner = identify(owner.runnerPid);
  if (runner === undefined)
    throw new HostFault({ who: board, what: 'the run that wants it has ended already' });
  const order: StationOrder = {
    lab: lab.path,
    board,
    socket: path,
    runner,
    purpose: owner.purpose,
    waitMs: owner.waitMs,
  };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const log = openSync(logOf(path), 'a', 0o600);
  const program = fileURLToPath(new URL('station-process.ts', import.meta.url));
  // In a session of its own: it outlives what is killed with the terminal or the run.
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  closeSync(log);
  child.unref();
  const { stdout } = child;
  if (stdout === null) throw new HostFault({ who: board, what: 'its station is mute' });
  const deadline = Deadline.after(startMs + owner.waitMs);
  const late = (): Error =>
    new HostFault({ who: board, what: 'its station does not start', where: logOf(path) });
  const reply = JSON.parse(await deadline.bound(readLine(stdout), late)) as StationReply;
  stdout.destroy();
  if (reply.ok) return;
  noteRefusal(path, reply.story, runner);
  throw new BlockedError(reply.story);
}
