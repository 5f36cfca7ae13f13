// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { BootOrder } from '../boards/board.ts';
import type { SshKeys } from '../boards/run-keys.ts';
import type { BootFiles } from '../boot-files/boot-files.ts';
import { MissingLine } from '../serial/reopening-line.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { castsDoubtOnBoard, findCause } from './blame.ts';
import type { Bench } from './board-access.ts';
import { BoardConsoles, returnMs, setAside } from './board-consoles.ts';
import { type BoardLinux, leaveKeys } from './board-linux.ts';
import { BootStages } from './boot-stages.ts';
import { WrongBoardError } from './identity.ts';
import { leaver } from './left-machine.ts';
import { PhysicalMachine } from './physical-machine.ts';
import { PowerWatch } from './power-watch.ts';
import { reachUBoot } from './reach-u-boot.ts';
import { TftpFiles } from './tftp-files.ts';
import { openTftp } from './tftp-place.ts';

/** Everything of a boot that is made before power is touched. */
export interface PreparedBoot {
  readonly files: BootFiles;
  /** For a dom0 that runs Linux. */
  readonly linux: BoardLinux | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

/** A fault of the lab is tried again so often: all of it comes before the first line of a probe. */
const retries = 2;

/** How often it is looked whether a device is back. */
const lookAgainMs = 100;

/** How long a switch may take to end a boot that failed. */
const offMs = 30_000;

/**
 * Boots a board from power-off to Xen's start, and again when the lab was at fault.
 * @throws EnvironmentError for a fault of the lab, told with all attempts; SubjectError for one of
 * the board's firmware. The board is off then.
 */
export async function bootBoard(
  bench: Bench,
  order: BootOrder,
  prepared: PreparedBoot,
): Promise<PhysicalMachine> {
  const failures: string[] = [];
  for (;;) {
    const attempt = failures.length + 1;
    try {
      return await bootOnce(bench, order, prepared, failures);
    } catch (error) {
      const again =
        castsDoubtOnBoard(error) &&
        findCause(error, WrongBoardError) === undefined &&
        failures.length < retries &&
        !order.deadline.passed;
      if (!again) throw withFailures(error, failures);
      // What failed last stays where it is looked for.
      const what = `attempt-${attempt}`;
      await setAside(order.evidence, Object.keys(bench.board.consoles), what);
      const place = join(order.evidence, 'console');
      failures.push(messageOf(error).replaceAll(`${place}.`, `${place}.${what}.`));
    }
  }
}

function withFailures(error: unknown, failures: readonly string[]): unknown {
  if (failures.length === 0 || !(error instanceof EnvironmentError)) return error;
  const earlier = failures.map((text, index) => `attempt ${index + 1}: ${text}`);
  return new EnvironmentError(
    {
      ...error.story,
      what: `${error.story.what} (attempt ${failures.length + 1})`,
      lastSeen: [error.story.lastSeen, ...earlier].filter((text) => text !== undefined).join('\n'),
    },
    { cause: error },
  );
}

async function bootOnce(
  bench: Bench,
  order: BootOrder,
  prepared: PreparedBoot,
  failures: readonly string[],
): Promise<PhysicalMachine> {
  const { board, type, access } = bench;
  const { deadline, run } = order;
  const fate = new Fate();
  const stages = new BootStages({ ...type.budgets, ...board.budgets });
  const consoles = await openConsoles(bench, order, fate, failures.length > 0 ? returnMs : 0);
  const powerWatch = new PowerWatch(board.name, access.power, consoles.main);
  try {
    const { files } = prepared;
    await climb(bench, { consoles, powerWatch, fate, stages, run, files }, deadline);
    const facts = { ...prepared.facts, ...attemptFacts(stages, failures) };
    return new PhysicalMachine({
      consoles,
      fate,
      power: access.power,
      powerWatch,
      who: board.name,
      run,
      linux: prepared.linux?.access,
      facts,
      leave: leaverOf(bench, order, { facts, keys: prepared.linux?.access.keys }),
    });
  } catch (error) {
    const told = await powerWatch.explain(error);
    await powerWatch[Symbol.asyncDispose]();
    await access.power.off(Deadline.after(offMs)).catch(() => undefined);
    await consoles.dispose();
    throw told;
  }
}

/** What notes the machine of a boot for a later worker, where it may go on. */
function leaverOf(
  { board, access }: Bench,
  { key, run, evidence }: BootOrder,
  { facts, keys }: { facts: Record<string, string>; keys: SshKeys | undefined },
): ReturnType<typeof leaver> {
  if (key === undefined) return undefined;
  return leaver(access, { key, run, evidence, facts, keys: keys && leaveKeys(keys, board.ssh) });
}

/** A device that went away in the attempt before may be coming back. */
async function openConsoles(
  { board, access }: Bench,
  { evidence, deadline }: BootOrder,
  fate: Fate,
  patienceMs: number,
): Promise<BoardConsoles> {
  const names = Object.keys(board.consoles);
  const patience = deadline.within(patienceMs);
  for (;;) {
    try {
      return await BoardConsoles.open(board.name, access, names, evidence, fate, deadline);
    } catch (error) {
      if (patience.passed || findCause(error, MissingLine) === undefined) throw error;
      await pause(lookAgainMs);
    }
  }
}

function attemptFacts(stages: BootStages, failures: readonly string[]): Record<string, string> {
  return {
    ...(stages.tight.length > 0 && { 'near-budget': stages.tight.join(', ') }),
    ...Object.fromEntries(
      [...stages.times].map(([name, ms]) => [`board-stage-${name}-ms`, ms.toFixed(0)]),
    ),
    ...Object.fromEntries(
      failures.map((text, index) => [`boot-attempt-${index + 1}`, text.split('\n', 1)[0] ?? '']),
    ),
  };
}

interface Climb {
  readonly consoles: BoardConsoles;
  readonly powerWatch: PowerWatch;
  readonly fate: Fate;
  readonly stages: BootStages;
  readonly run: string;
  readonly files: BootFiles;
}

/** From off to Xen's start, stage by stage. */
async function climb(
  bench: Bench,
  { consoles, powerWatch, fate, stages, run, files }: Climb,
  deadline: Deadline,
): Promise<void> {
  const { board } = bench;
  // What cannot be served is found before power is touched.
  await using place = await openTftp(board, bench.tftpd);
  const { directory, prefix, network } = place;
  // Gone once they are in the board's memory: some hold keys.
  await using served = await TftpFiles.publish(board.name, directory, prefix, run, files.files);
  const uboot = await reachUBoot(bench, consoles, powerWatch, stages, deadline);
  await stages.run('load', deadline, async (within) => {
    await uboot.setNetwork(network, within);
    for (const file of served.files) await uboot.load(file, within);
  });
  await stages.run('xen', deadline, (within) =>
    fate.guard(uboot.boot(files.xen, files.deviceTree, within)),
  );
}

/**
 * Proves that a board that is not to be trusted comes up to U-Boot, and turns it off again.
 * @throws what keeps it from there.
 */
export async function proveBoard(
  bench: Bench,
  evidence: string,
  deadline: Deadline,
): Promise<void> {
  const { board, type, access } = bench;
  const fate = new Fate();
  const stages = new BootStages({ ...type.budgets, ...board.budgets });
  const names = Object.keys(board.consoles);
  await using consoles = await BoardConsoles.open(
    board.name,
    access,
    names,
    evidence,
    fate,
    deadline,
  );
  const powerWatch = new PowerWatch(board.name, access.power, consoles.main);
  try {
    await reachUBoot(bench, consoles, powerWatch, stages, deadline);
  } catch (error) {
    throw await powerWatch.explain(error);
  } finally {
    await powerWatch[Symbol.asyncDispose]();
    await access.power.off(Deadline.after(offMs));
    await consoles.dispose();
    await setAside(evidence, names, 'check');
  }
}
