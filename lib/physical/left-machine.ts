// SPDX-License-Identifier: Apache-2.0
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bootFactsFile } from '../boards/boot-facts.ts';
import type { LostMachine, ResumedMachine } from '../boards/board.ts';
import { readCapture } from '../console/capture.ts';
import { Deadline } from '../support/deadline.ts';
import { Fate } from '../support/fate.ts';
import { HostFault } from './blame.ts';
import type { Bench } from './board-access.ts';
import { BoardConsoles, consoleFilesOf } from './board-consoles.ts';
import { type LeftKeys, reachLinux } from './board-linux.ts';
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
  /** By which its dom0 is reached, if it runs Linux. */
  readonly keys?: LeftKeys | undefined;
  /** See {@link RunningMachine.leave}. */
  readonly memo: string;
  /** What showed that its line loses or changes bytes, or was away: {@link Console.damage}. */
  readonly damage: readonly string[];
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

/** @throws EnvironmentError, without a word of it, for it may hold keys. */
function readNote(who: string, note: string): LeftMachine {
  try {
    return JSON.parse(note) as LeftMachine;
  } catch {
    throw new HostFault({ who, what: 'what was noted of the machine that was left is no JSON' });
  }
}

/**
 * The machine that an earlier worker of this run left, as if this one had heard all of it; undefined
 * where there is none of that key.
 * @throws EnvironmentError when its station cannot be asked.
 */
export async function resumeLeft(
  bench: Bench,
  key: string,
  evidence: string,
  deadline: Deadline,
): Promise<Resumed | LostMachine | undefined> {
  const note = await bench.access.kept?.(deadline);
  if (note === undefined || note === '') return undefined;
  try {
    const left = readNote(bench.board.name, note);
    return left.key === key ? await takeUp(bench, left, evidence, deadline) : undefined;
  } catch (lost) {
    return { lost };
  }
}

/** A machine that was taken up, as its driver has it. */
interface Resumed extends ResumedMachine {
  readonly machine: PhysicalMachine;
}

/** What was booted is true of the machine that goes on. */
async function copyBooted(from: string, to: string): Promise<void> {
  // Where the directory is gone, its captures tell.
  const there = await readdir(from).catch(() => []);
  for (const name of there.filter((one) => one === bootFactsFile || /\.(?:dts|dtb)$/.test(one)))
    await copyFile(join(from, name), join(to, name));
}

async function takeUp(
  { board, access }: Bench,
  left: LeftMachine,
  evidence: string,
  deadline: Deadline,
): Promise<Resumed> {
  const { run, facts, keys, memo, damage } = left;
  const linux = keys && (await reachLinux(board.name, keys, board.ssh));
  const earlier = (name: string): Uint8Array =>
    saidSincePowerOn(consoleFilesOf(left.evidence, name).capture);
  await copyBooted(left.evidence, evidence);
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
  for (const one of damage) consoles.main.noteDamage(one);
  const powerWatch = new PowerWatch(board.name, access.power, consoles.main);
  powerWatch.begin();
  const machine = new PhysicalMachine({
    who: board.name,
    run,
    consoles,
    fate,
    power: access.power,
    powerWatch,
    linux,
    facts: { ...facts, resumed: 'left running by an earlier worker' },
    leave: leaver(access, { ...left, evidence }),
  });
  return { machine, run, memo };
}

/** How long a station may take to note it. */
const noteMs = 10_000;

/** Has a machine be noted where the next worker finds it; undefined where nothing outlives this one. */
export function leaver(
  access: Bench['access'],
  left: Omit<LeftMachine, 'memo' | 'damage'>,
): ((memo: string, damage?: readonly string[]) => Promise<void>) | undefined {
  if (access.keep === undefined) return undefined;
  return async (memo, damage = []) =>
    access.keep?.(
      JSON.stringify({ ...left, memo, damage } satisfies LeftMachine),
      Deadline.after(noteMs),
    );
}
