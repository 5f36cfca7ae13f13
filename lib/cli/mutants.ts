// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { Progress } from '../host/progress.ts';
import { projectRoot } from '../images/places.ts';
import { allMutants, chooseMutants } from '../mutants/mutant.ts';
import { runMutants } from '../mutants/run-mutants.ts';
import { sampleOf } from '../mutants/sample.ts';
import { exitCodeOfMatrix, matrixSummary } from '../mutants/verdict.ts';
import { writeMatrix } from '../mutants/write-matrix.ts';
import { runDirectory } from '../report/run-directory.ts';
import { MisuseError } from '../support/errors.ts';
import { setUp } from './set-up.ts';
import { mostDirect, suite } from './suite.ts';

/** Options of `crosspage mutants`, as they are given. */
export interface MutantsArguments {
  readonly sample?: string;
  readonly seed?: string;
  readonly tests?: readonly string[];
  readonly list?: boolean;
}

function sampleSize(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new MisuseError({
    who: `mutants --sample ${text}`,
    what: 'takes one number: how many mutants to pick',
    remedy: 'run: npm run mutants -- --sample 5',
  });
}

/** The seed that picks a sample; undefined where all mutants are run. */
function sampleSeed({ sample, seed }: MutantsArguments): string | undefined {
  if (sample !== undefined) return seed ?? String(Date.now());
  if (seed === undefined) return undefined;
  throw new MisuseError({
    who: `mutants --seed ${seed}`,
    what: 'picks nothing without --sample',
    remedy: `run: npm run mutants -- --sample 5 --seed ${seed}`,
  });
}

function checkSubject(): void {
  const chosen = ['CROSSPAGE_FLAVOUR', 'CROSSPAGE_XEN', 'CROSSPAGE_MUTATE'].filter(
    (name) => process.env[name] !== undefined,
  );
  if (chosen.length === 0) return;
  throw new MisuseError({
    who: 'mutants',
    what: `${chosen.join(', ')} chooses what is booted, and so does each mutant`,
    remedy: `unset ${chosen.join(' ')}`,
  });
}

/** Runs the suite on seeded faults and prints which test caught which. */
export async function mutants(names: readonly string[], given: MutantsArguments): Promise<void> {
  const all = chooseMutants(allMutants(), names);
  if (given.list === true) {
    for (const { name, kind, what } of all) process.stdout.write(`${name}\t${kind}\t${what}\n`);
    return;
  }
  checkSubject();
  const seed = sampleSeed(given);
  const count = given.sample === undefined ? all.length : sampleSize(given.sample);
  const known = all.map(({ name }) => name);
  const picked = seed === undefined ? known : sampleOf(known, count, seed);
  await setUp();
  const directory = runDirectory(join(projectRoot, 'reports'));
  const matrix = await runMutants({
    root: projectRoot,
    directory,
    mutants: all.filter(({ name }) => picked.includes(name)),
    tests: given.tests ?? suite,
    first: given.tests === undefined ? mostDirect : [],
    seed,
    progress: new Progress(),
    keep: (known) => {
      writeMatrix(known, directory, projectRoot);
    },
  });
  process.stdout.write(`\n${matrixSummary(matrix)}`);
  process.stdout.write(`report: ${join(directory, 'mutants.json')}\n`);
  process.exitCode = exitCodeOfMatrix(matrix);
}
