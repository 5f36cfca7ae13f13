// SPDX-License-Identifier: Apache-2.0
import { readCapture } from '../console/capture.ts';
import { Deadline } from '../support/deadline.ts';
import { Fate } from '../support/fate.ts';
import type { Bench } from './board-access.ts';
import { BoardConsoles, consoleFilesOf } from './board-consoles.ts';
import { PhysicalMachine } from './physical-machine.ts';
import { PowerWatch } from './power-watch.ts';

/** What a worker tells the next one of a machine that it leaves running, as JSON. */
export interface LeftMachine {
  /** What was booted: only who wants the same may have it. */
  readonly key: string;
  /** The nonce with which it was booted. */
  readonly run: string;
  /** Where the captures of its consoles are. */
  readonly evidence: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** All that a console said from its last power-on until a worker let go of it. */
function saidSincePowerOn(file: string): Uint8Array {
  const { records } = readCapture(file);
  const from = records.findLastIndex((one) => 'mark' in one && one.mark.kind === 'epoch');
  const said = records
    .slice(from + 1)
    .flatMap((one) => ('bytes' in one && one.from === 'board' ? [one.bytes] : []));
  return Buffer.concat(said);
}

/**
 * The machine that an earlier worker of this run left, as if this one had heard all of it; undefined
 * where there is none of that key.
 * @throws EnvironmentError when its consoles cannot be had.
 */
export async function resumeLeft(
  { board, access }: Bench,
  key: string,
  evidence: string,
  deadline: Deadline,
): Promise<{ readonly machine: PhysicalMachine; readonly run: string } | undefined> {
  const note = await access.kept?.(deadline);
  if (note === undefined || note === '') return undefined;
  const left = JSON.parse(note) as LeftMachine;
  if (left.key !== key) return undefined;
  const earlier = (name: string): Uint8Array =>
    saidSincePowerOn(consoleFilesOf(left.evidence, name).capture);
  const fate = new Fate();
  const names = Object.keys(board.consoles);
  const consoles = await BoardConsoles.open(
    board.name,
    access,
    names,
    evidence,
    fate,
    deadline,
    earlier,
  );
  const powerWatch = new PowerWatch(board.name, access.power, consoles.main);
  powerWatch.begin();
  const { run, facts } = left;
  const machine = new PhysicalMachine({
    who: board.name,
    run,
    consoles,
    fate,
    power: access.power,
    powerWatch,
    linux: undefined,
    facts: { ...facts, resumed: 'left running by an earlier worker' },
    leave: leaver(access, { key, run, evidence, facts }),
  });
  return { machine, run };
}

/** How long a station may take to note it. */
const noteMs = 10_000;

/** Has a machine be noted where the next worker finds it; undefined where nothing outlives this one. */
export function leaver(
  access: Bench['access'],
  left: LeftMachine,
): (() => Promise<void>) | undefined {
  if (access.keep === undefined) return undefined;
  return async () => access.keep?.(JSON.stringify(left), Deadline.after(noteMs));
}
