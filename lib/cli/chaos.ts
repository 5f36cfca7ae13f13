// SPDX-License-Identifier: Apache-2.0
import { join, relative, resolve } from 'node:path';
import { cleanBoots, figures, unexplained } from '../chaos/boots.ts';
import { chaos as run, type Judged } from '../chaos/chaos.ts';
import { describe } from '../chaos/judge.ts';
import { Results } from '../chaos/results.ts';
import { parseRounds, repeated } from '../chaos/rounds.ts';
import type { Scenario } from '../chaos/scenario.ts';
import { scenariosOf } from '../chaos/scenarios.ts';
import { formatSeconds } from '../host/progress.ts';
import { projectRoot } from '../images/places.ts';
import { MisuseError } from '../support/errors.ts';
import { countText } from '../support/wording.ts';
import { setUp } from './set-up.ts';
import { formatTable } from './table.ts';

/** What the command line says. */
export interface ChaosArguments {
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly boots?: string;
  readonly repeat?: string;
  readonly json?: string;
}

/** Clean boots of a run that does not say how many: of one with --only none. */
const usualBoots = 5;

function bootsOf({ boots, only = [] }: ChaosArguments): number {
  if (boots === undefined) return only.length === 0 ? usualBoots : 0;
  const count = Number(boots);
  if (boots !== '' && Number.isInteger(count) && count >= 0) return count;
  throw new MisuseError({
    who: `--boots ${boots}`,
    what: 'takes one number: how many boots with which nothing is wrong',
    remedy: 'run: npm run chaos -- --boots 200',
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

const widest = (names: readonly string[]): number =>
  Math.max(0, ...names.map(({ length }) => length));

function list(scenarios: readonly Scenario[]): void {
  print(
    formatTable([
      ['name', 'expected', 'what is wrong'],
      ...scenarios.map(({ name, what, expected }) => [name, describe(expected), what]),
    ]),
  );
}

function tell({ scenario, seen, wrong, evidence }: Judged, width: number): void {
  const mark = wrong.length === 0 ? 'ok   ' : 'WRONG';
  const got = `${seen.outcome}, ${countText(seen.attempts, 'attempt')}, then ${seen.health}`;
  const took = formatSeconds(seen.tookMs).padStart(8);
  const expected = describe(scenario.expected);
  print(`${mark} ${scenario.name.padEnd(width)} ${took}  ${got}  (expected ${expected})\n`);
  if (wrong.length === 0) return;
  for (const line of [...wrong, ...seen.text.split('\n'), `see ${evidence}`])
    print(`      ${line}\n`);
}

async function boot(count: number, directory: string, results: Results): Promise<void> {
  print(`\n${count} boots with which nothing is wrong\n`);
  await cleanBoots({
    count,
    directory,
    onBoot: (one) => {
      results.addBoot(one);
      const why = one.error ?? one.failedAttempts.join('\n');
      if (unexplained(one))
        print(`WRONG boot ${one.number}: ${why.replaceAll('\n', '\n      ')}\n`);
      else if (one.number % 10 === 0) print(`${one.number} of ${count} boots\n`);
    },
  });
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  print(
    formatTable([
      ['stage', 'median s', 'max s'],
      ...figures(results.boots).map(({ stage, medianMs, maxMs }) => [
        stage,
        seconds(medianMs),
        seconds(maxMs),
      ]),
    ]),
  );
}

/** Injects each fault of the virtual lab, and boots it often with none; wrong outcomes fail. */
export async function chaos(options: ChaosArguments): Promise<void> {
  const scenarios = repeated(scenariosOf(options.only ?? []), parseRounds(options.repeat));
  const count = bootsOf(options);
  if (options.list === true) {
    list(scenarios);
    return;
  }
  await setUp();
  const directory = join(projectRoot, 'reports/chaos');
  const results = new Results(resolve(options.json ?? join(directory, 'chaos.json')));
  // `--boots` alone asks for the boots.
  const some = options.boots !== undefined && options.only === undefined ? [] : scenarios;
  const width = widest(some.map(({ name }) => name));
  await run({
    scenarios: some,
    directory,
    onEnd: (one) => {
      results.addScenario(one);
      tell(one, width);
    },
  });
  if (count > 0) await boot(count, directory, results);
  const { wrong, unexplained: bad, boots, file } = results;
  const counts = [
    some.length > 0 && `${some.length - wrong} of ${some.length} scenarios as expected`,
    count > 0 && `${count - bad} of ${boots.length} boots well at the first attempt`,
  ];
  print(`\n${counts.filter(Boolean).join(', ')}; see ${relative('', file)}\n`);
  if (wrong + bad > 0) process.exitCode = 1;
}
