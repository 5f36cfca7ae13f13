// SPDX-License-Identifier: Apache-2.0
import { Secrets } from '../host/secrets.ts';
import {
  boardOf,
  describeHolder,
  type LeaseRecord,
  LocalReservation,
  userName,
} from '../lab/index.ts';
import { type BoardAccess, directAccess } from '../physical/board-access.ts';
import { stationAccess } from '../physical/station-access.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { Sitting } from './console-sitting.ts';
import { durationOf, type LabOptions, openLab } from './lab.ts';

/** Options of `lab console`. */
export interface ConsoleOptions extends LabOptions {
  readonly console: string;
  readonly for?: string;
}

const openMs = 20_000;
/** Who has the board by a station of this user's, which may be watched. */
async function watchable(
  reservation: LocalReservation,
  board: string,
): Promise<LeaseRecord | undefined> {
  const holder = await reservation.holderOf(board);
  return holder?.station === undefined || holder.user !== userName() ? undefined : holder;
}

/** `lab console` */
export async function sitAtConsole(name: string, options: ConsoleOptions): Promise<void> {
  const lab = openLab(options);
  const board = boardOf(lab, name);
  const { stateDirectory } = lab;
  if (board.consoles[options.console] === undefined)
    throw new MisuseError({
      who: `crosspage lab console ${name}`,
      what: `has no console "${options.console}"`,
      remedy: `name one of: ${Object.keys(board.consoles).join(', ')}`,
    });
  const forMs = options.for === undefined ? undefined : durationOf('--for', options.for);
  const reservation = new LocalReservation(stateDirectory);
  const holder = await watchable(reservation, name);
  const minOffMs = board.power.minOffMs ?? 0;
  const sit = async (access: BoardAccess, lost: Promise<Error>): Promise<void> => {
    await using line = await access.openConsole(options.console, Deadline.after(openMs));
    const whose = holder === undefined ? 'yours' : `watching; ${describeHolder(holder)} has it`;
    const greeting = `${name}, ${line.name}: ${whose}; Ctrl-] q leaves, Ctrl-] ? shows more`;
    const watched = holder !== undefined;
    await new Sitting({ line, access, watched, minOffMs, greeting, lost }).last(forMs);
  };
  if (holder?.station !== undefined) {
    // It is there as long as its run, and is not to be started anew.
    await sit(
      stationAccess(board, holder.station, () => Promise.resolve()),
      new Promise(() => undefined),
    );
    return;
  }
  const purpose = `crosspage lab console ${name}`;
  await using lease = await reservation.acquire(
    { boards: [name] },
    { purpose, deadline: Deadline.after(0) },
  );
  const lost = new Promise<Error>((resolve) => lease.onLost(resolve));
  await sit(directAccess(board, { stateDirectory, secrets: new Secrets() }), lost);
}
