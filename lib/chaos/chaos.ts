// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChaosLab, type LabKind } from './chaos-lab.ts';
import { judge } from './judge.ts';
import { type Observed, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** A scenario that was run, and what of its expectation was not met. */
export interface Judged {
  readonly scenario: Scenario;
  readonly seen: Observed;
  readonly wrong: readonly string[];
  /** Where its evidence is. */
  readonly evidence: string;
}

/** What is run, and where it is kept. */
export interface ChaosOptions {
  readonly scenarios: readonly Scenario[];
  /** Made anew; evidence of each scenario lies in it by its name. */
  readonly directory: string;
  readonly onBegin?: (scenario: Scenario) => void;
  readonly onEnd?: (judged: Judged) => void;
}

/** A lab file says for all of its life how its consoles and budgets are. */
const kinds: readonly LabKind[] = [
  { transient: false, system: 'domains' },
  { transient: true, system: 'domains' },
  { transient: false, system: 'dom0' },
];

const isOf = ({ transient = false, system = 'domains' }: Scenario, kind: LabKind): boolean =>
  transient === kind.transient && system === kind.system;

/** Runs the scenarios one after the other, each with a lab in which nothing else is wrong. */
export async function chaos(options: ChaosOptions): Promise<readonly Judged[]> {
  const { scenarios, directory, onBegin, onEnd } = options;
  const all: Judged[] = [];
  for (const kind of kinds) {
    const some = scenarios.filter((scenario) => isOf(scenario, kind));
    if (some.length === 0) continue;
    await using lab = await ChaosLab.start(join(directory, 'lab'), kind);
    await writeFile(join(lab.virtual.directory, 'tftp/another'), Buffer.alloc(1000));
    for (const scenario of some) {
      onBegin?.(scenario);
      const evidence = join(directory, scenario.name);
      const seen = await runScenario(scenario, lab, evidence);
      const judged = { scenario, seen, wrong: judge(scenario.expected, seen), evidence };
      all.push(judged);
      onEnd?.(judged);
    }
  }
  return all;
}
