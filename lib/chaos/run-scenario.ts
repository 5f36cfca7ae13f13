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
      if (act !== 'station-killed') run.kill();
      if (act !== 'run-killed' && pid !== undefined) process.kill(pid, 'SIGKILL');
      if (act === 'station-killed') return;
      // Its domains would answer for as long as nobody has noticed.
      await lab.untilReleased();
    }
  }
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
  return { rest: rest() };
}

function outcomeOf(error: unknown): Observed['outcome'] {
  if (error instanceof BlockedError) return 'blocked';
  return error instanceof CrosspageError ? error.fault : 'fault of Crosspage';
}

function attemptsOf(passed: Passed | undefined, text: string): number {
  const failed = Object.keys(passed?.facts ?? {}).filter((key) => key.startsWith('boot-attempt-'));
  return Number(/\(attempt (\d+)\)/.exec(text)?.[1] ?? failed.length + 1);
}

/** Injects what a scenario says, runs its test through the driver, and tells what became of it. */
export async function runScenario(
  scenario: Scenario,
  lab: ChaosLab,
  evidence: string,
): Promise<Observed> {
  await rm(evidence, { recursive: true, force: true });
  await rm(lab.healthFile, { force: true });
  const undo = await bringAbout(scenario.before, lab, evidence);
  await lab.setFaults(scenario.faults ?? {});
  const run = lab.startRun();
  const ending = new AbortController();
  const healing = heal(scenario, lab, evidence, ending.signal);
  const startMs = performance.now();
  const subject = scenario.system === 'dom0' ? linuxDom0 : twoDomains;
  let passed: Passed | undefined;
  let error: unknown;
  let happening: Promise<unknown> = Promise.resolve();
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
  await Promise.all([healing, happening]);
  await lab.setFaults({});
  await undo();
  run.kill();
  const left = await lab.untilReleased(scenario.expected.staysOn);
  const text = error === undefined ? '' : messageOf(error);
  const outcome = error === undefined ? 'passes' : outcomeOf(error);
  const attempts = attemptsOf(passed, text);
  return { outcome, text, attempts, health: await lab.health(), left, tookMs };
}
