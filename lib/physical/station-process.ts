// SPDX-License-Identifier: Apache-2.0
/**
 * The process of a board's station. It belongs to a run and outlives the run's workers, and the run
 * itself for as long as it takes to turn the board off and to give it back: also when everything else
 * of the run was killed.
 */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Secrets } from '../host/secrets.ts';
import { standingOf } from '../host/process-identity.ts';
import { boardOf, type Lease, loadLab, LocalReservation } from '../lab/index.ts';
import { Deadline } from '../support/deadline.ts';
import { CrosspageError, type ErrorStory, messageOf } from '../support/errors.ts';
import { isAlive, noteRefusal } from './ask-station.ts';
import { directAccess } from './board-access.ts';
import { guardedBy, tidyUp } from './station-guard.ts';
import { removeEmptyLog, sweepStations } from './station-files.ts';
import { Station } from './station.ts';
import type { StationOrder, StationReply } from './station-protocol.ts';

/** How often it is looked whether the run still lives: the kernel tells nobody but the parent. */
const lookMs = 250;

function storyOf(error: unknown): ErrorStory {
  if (error instanceof CrosspageError) return error.story;
  return { who: 'station', what: messageOf(error) };
}

function say(reply: StationReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

/** Settles when the run is over; `signal` ends the look-out for that. */
function runnerGone({ runner }: StationOrder, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (standingOf(runner) === 'gone') resolve(undefined);
    }, lookMs);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
    });
    process.once('SIGTERM', () => {
      resolve(undefined);
    });
  });
}

/** Settles, with why, when the board is no longer the run's. */
const lost = (lease: Lease): Promise<Error> =>
  new Promise((resolve) => {
    lease.onLost(resolve);
  });

async function serve(order: StationOrder): Promise<void> {
  const lab = loadLab(order.lab);
  const board = boardOf(lab, order.board);
  const { stateDirectory } = lab;
  const access = directAccess(board, { stateDirectory, secrets: new Secrets() });
  if (order.tidyUp === true) return tidyUp(order, stateDirectory, access);
  const lease = await new LocalReservation(stateDirectory).acquire(
    { boards: [board.name] },
    {
      purpose: order.purpose,
      station: order.socket,
      deadline: Deadline.after(order.waitMs),
    },
  );
  const left: StationOrder = { ...order, tidyUp: true };
  const program = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(left)];
  const done = await guardedBy([process.execPath, ...program]);
  const station = await Station.listen(access, order.socket);
  say({ ok: true, state: 'listening' });
  await sweepStations(order.socket).catch(() => undefined);
  const over = new AbortController();
  const taken = await Promise.race([runnerGone(order, over.signal), lost(lease)]);
  over.abort();
  // A board that was taken away is another's: its power is not ours to switch.
  if (taken !== undefined) {
    noteRefusal(order.socket, storyOf(taken), order.runner);
    await station.letGo();
  } else await station.dispose();
  await lease.release();
  await done();
}

/** Leaves no file that is of no more use. What cannot be removed changes nothing of the board. */
async function clean({ socket, tidyUp: killed }: StationOrder): Promise<void> {
  await sweepStations(socket).catch(() => undefined);
  // Errors refer to the log of a station that was killed; its socket is nobody's.
  if (killed !== true) await removeEmptyLog(socket).catch(() => undefined);
  else if (!(await isAlive(socket))) await rm(socket, { force: true }).catch(() => undefined);
}

const order = JSON.parse(process.argv[2] ?? '{}') as StationOrder;
try {
  await serve(order);
  await clean(order);
  process.exit(0);
} catch (error) {
  say({ ok: false, story: storyOf(error) });
  await clean(order);
  process.exit(3);
}
