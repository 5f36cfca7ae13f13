// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';
import type { BoardFaults } from '../virtual-lab/faults.ts';
import type { Act, Scenario, Step } from './scenario.ts';

type Noise = NonNullable<BoardFaults['toHost']>;

/** Rounds draw from other numbers, and each always from the same. */
const reseed = (noise: Noise, round: number): Noise => ({
  ...noise,
  seed: (noise.seed ?? 1) + 1000 * (round - 1),
});

const reseedFaults = (faults: BoardFaults, round: number): BoardFaults => ({
  ...faults,
  ...(faults.toHost && { toHost: reseed(faults.toHost, round) }),
  ...(faults.toBoard && { toBoard: reseed(faults.toBoard, round) }),
});

const reseedAct = (act: Act, round: number): Act =>
  typeof act === 'object' ? { faults: reseedFaults(act.faults, round) } : act;

function inRound(scenario: Scenario, round: number): Scenario {
  if (round === 1) return scenario;
  const { name, faults, during } = scenario;
  return {
    ...scenario,
    name: `${name}.${round}`,
    ...(faults && { faults: reseedFaults(faults, round) }),
    ...(during && {
      during: during.map((step): Step => ({ ...step, act: reseedAct(step.act, round) })),
    }),
  };
}

/**
 * Each scenario so many times, one round after the other; what is left to chance is drawn anew in
 * each, and in the same way whenever it is run.
 */
export function repeated(scenarios: readonly Scenario[], rounds: number): readonly Scenario[] {
  const numbers = Array.from({ length: rounds }, (_, index) => index + 1);
  return numbers.flatMap((round) => scenarios.map((scenario) => inRound(scenario, round)));
}

/** How often each scenario is to be run, as a command line says it. @throws MisuseError */
export function parseRounds(text: string | undefined): number {
  if (text === undefined) return 1;
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new MisuseError({
    who: `--repeat ${text}`,
    what: 'takes one number: how often each scenario is run',
    remedy: 'run: npm run chaos -- --only line- --repeat 10',
  });
}
