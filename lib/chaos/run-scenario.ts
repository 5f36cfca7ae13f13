// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealthState } from '../physical/health.ts';
import { pause } from '../support/deadline.ts';
import { BlockedError, CrosspageError, messageOf } from '../support/errors.ts';
import type { ChaosLab, ChaosRun } from './chaos-lab.ts';
import { bringAbout } from './conditions.ts';
import type { Act, Outcome, Scenario, Step } from './scenario.ts';
import { linuxDom0, type Passed, twoDomains } from './subjects.ts';

/** What became of a scenario. */
export interface Observed {
  readonly outcome: Outcome | 'fault of Crosspage';
  /** The error's text; empty when it passed. */
  readonly text: string;
  readonly attempts: number;
  readonly health: HealthState;
  /** What is not as a run has to leave a board. */
  readonly left: string | undefined;
  readonly tookMs: number;
}

const lookMs = 20;

/** Ends the faults of a scenario that heals; `signal` ends the wait for that. */
async function heal(
  { heals }: Scenario,
  lab: ChaosLab,
  evidence: string,
  signal: AbortSignal,
): Promise<void> {
  if (heals === undefined) return;
  const { main } = lab.board.consoles;
  const device = main.kind === 'serial' ? main.path : '';
  const due = (): boolean =>
    heals === 'after-attempt-1'
      ? existsSync(join(evidence, 'console.attempt-1.log'))
      : !existsSync(device);
  while (!due()) {
    if (signal.aborted) return;
    await pause(lookMs);
  }
  if (typeof heals === 'object') await pause(heals.afterLineGoneMs);
  await lab.setFaults({});
}

async function perform(act: Act, lab: ChaosLab, run: ChaosRun): Promise<void> {
  if (typeof act === 'object') return lab.setFaults(act.faults);
  const { board, reservation } = lab;
  switch (act) {
    case 'reset':
    case 'hang':
      return lab.ask('POST', act);
    case 'power-cut':
      return lab.ask('POST', 'power/off');
    case 'lease-taken':
      reservation.free(board.name, true);
      return;
    case 'station-killed':
    case 'run-killed':
    case 'all-killed': {
      const pid = (await reservation.holderOf(board.name))?.process?.pid;
      const killed = act === 'station-killed' ? undefined : run.kill();
      if (act !== 'run-killed' && pid !== undefined) process.kill(pid, 'SIGKILL');
      await killed;
      if (act === 'station-killed') return;
      // Its domains would answer for as long as nobody has noticed.
      await lab.untilReleased();
    }
  }
}

/** What goes on beside a test: who awaits it later has its error, which is nobody's until then. */
function beside<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** The first act is over when the test goes on; what comes later happens meanwhile. */
async function happen(
  [first, ...later]: readonly Step[],
  lab: ChaosLab,
  run: ChaosRun,
): Promise<{ readonly rest: Promise<void> }> {
  if (first !== undefined) await perform(first.act, lab, run);
  const rest = async (): Promise<void> => {
    for (const { act, afterMs = 0 } of later) {
      await pause(afterMs);
      await perform(act, lab, run);
    }
  };
  return { rest: beside(rest()) };
}

function outcomeOf(error: unknown): Observed['outcome'] {
  if (error instanceof BlockedError) return 'blocked';
  return error instanceof CrosspageError ? error.fault : 'fault of Crosspage';
}

function attemptsOf(passed: Passed | undefined, text: string): number {
  const failed = Object.keys(passed?.facts ?? {}).filter((key) => key.startsWith('boot-attempt-'));
  return Number(/\(attempt (\d+)\)/.exec(text)?.[1] ?? failed.length + 1);
}

/** What a scenario's test came to. */
interface Tried {
  readonly passed: Passed | undefined;
  readonly error: unknown;
  readonly tookMs: number;
}

/** Runs the test of a scenario while that happens which is to happen. */
async function tryIt(
  scenario: Scenario,
  lab: ChaosLab,
  evidence: string,
  run: ChaosRun,
): Promise<Tried> {
  const ending = new AbortController();
  const healing = beside(heal(scenario, lab, evidence, ending.signal));
  const startMs = performance.now();
  const subject = scenario.system === 'dom0' ? linuxDom0 : twoDomains;
  let passed: Passed | undefined;
  let error: unknown;
  let happening: Promise<void> = Promise.resolve();
  try {
    const during = async (): Promise<void> => {
      ({ rest: happening } = await happen(scenario.during ?? [], lab, run));
    };
    passed = await subject(run.board, evidence, during);
  } catch (thrown) {
    error = thrown;
  }
  const tookMs = performance.now() - startMs;
  ending.abort();
  await Promise.allSettled([healing, happening]);
  await healing;
  await happening;
  return { passed, error, tookMs };
}

/** Does `work`, and then `undo` whatever became of it. */
async function undone<T>(work: () => Promise<T>, undo: () => Promise<void>): Promise<T> {
  try {
    return await work();
  } finally {
    await undo();
  }
}

/** {@link tryIt} on a lab with what is wrong with it; all of that, and the run, are over after it. */
async function tryWithFaults(scenario: Scenario, lab: ChaosLab, evidence: string): Promise<Tried> {
  const run = await lab.startRun();
  const withFaults = async (): Promise<Tried> => {
    await lab.setFaults(scenario.faults ?? {});
    return tryIt(scenario, lab, evidence, run);
  };
  // The run is the last to end: its station is to find a board that can be turned off.
  return undone(
    async () => {
      const undo = await bringAbout(scenario.before, lab, evidence);
      return undone(() => undone(withFaults, () => lab.setFaults({})), undo);
    },
    () => run.kill(),
  );
}

/** Injects what a scenario says, runs its test through the driver, and tells what became of it. */
export async function runScenario(
  scenario: Scenario,
  lab: ChaosLab,
  evidence: string,
): Promise<Observed> {
  await rm(evidence, { recursive: true, force: true });
  await rm(lab.healthFile, { force: true });
  const { passed, error, tookMs } = await tryWithFaults(scenario, lab, evidence);
  const left = await lab.untilReleased(scenario.expected.staysOn);
  const text = error === undefined ? '' : messageOf(error);
  const outcome = error === undefined ? 'passes' : outcomeOf(error);
  const attempts = attemptsOf(passed, text);
  return { outcome, text, attempts, health: await lab.health(), left, tookMs };
}
