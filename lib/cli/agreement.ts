// SPDX-License-Identifier: Apache-2.0
import { join, relative } from 'node:path';
import { agreement as run, compare, type Compared } from '../agreement/agreement.ts';
import { dom0lessObserver } from '../agreement/dom0less-observer.ts';
import { mistakes } from '../agreement/generate.ts';
import { disagrees } from '../agreement/judge.ts';
import { Results } from '../agreement/results.ts';
import { byMistake, byRule, type Sum, total } from '../agreement/sums.ts';
import { xlMistakes } from '../agreement/xl-generate.ts';
import { XlObserver } from '../agreement/xl-observer.ts';
import { openBoard } from '../fixtures/open-board.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import { projectRoot } from '../images/places.ts';
import type { LintTarget } from '../lint/target.ts';
import { MisuseError } from '../support/errors.ts';
import { lintTargetOf } from './lint-target.ts';
import { setUp } from './set-up.ts';
import { formatTable } from './table.ts';

/** What the command line says. */
export interface AgreementArguments {
  readonly count: string;
  readonly seed: string;
  /** Default: that of the kind. */
  readonly flavour?: string;
  readonly kind: string;
  readonly only?: readonly string[];
  readonly for?: string;
  readonly fresh?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

interface Kind {
  readonly flavour: string;
  readonly mistakes: readonly {
    readonly mistake: string;
    readonly rule: string | undefined;
    readonly besides?: readonly string[];
  }[];
  /** Below the reports of the flavour. */
  readonly directory: string;
  readonly workers: number;
}

/** What can be generated. */
const kinds: Readonly<Record<string, Kind>> = {
  dom0less: { flavour: 'early-console', mistakes, directory: '', workers: 2 },
  xl: { flavour: 'shared-memory', mistakes: xlMistakes, directory: 'xl', workers: 1 },
};

function kindOf(name: string): Kind {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind !== undefined) return kind;
  throw new MisuseError({
    who: `--kind ${name}`,
    what: `there are ${Object.keys(kinds).join(' and ')}`,
    remedy: 'run: npm run agreement -- --kind xl',
  });
}

/** xl's domains share nothing where neither the toolstack nor Xen has it. */
function checkTarget({ capabilities }: LintTarget, flavour: string): void {
  if (capabilities.has('xl-static-shm') && capabilities.has('iomem-cacheable')) return;
  throw new MisuseError({
    who: `--flavour ${flavour}`,
    what: 'has no static_shm of xl and no cacheable iomem: its domains would share nothing',
    remedy: `leave it out: ${kinds['xl']?.flavour ?? ''} is tried then`,
  });
}

function numberOf(option: string, text: string, least: number): number {
  const count = Number(text);
  if (text !== '' && Number.isInteger(count) && count >= least) return count;
  throw new MisuseError({
    who: `${option} ${text}`,
    what: `takes a whole number from ${least} on`,
    remedy: 'run: npm run agreement -- --count 200',
  });
}

const columns = ['right', 'hit', 'quiet', 'warned', 'miss', 'false-alarm'] as const;

const tableOf = (head: string, sums: readonly Sum[]): string =>
  formatTable([
    [head, 'configurations', ...columns],
    ...sums.map(({ name, configurations, counts }) => [
      name,
      String(configurations),
      ...columns.map((column) => String(counts[column])),
    ]),
  ]);

/** A configuration on which both do not agree, for people. */
function described({ result, judged }: Compared): string {
  const { errors, warnings, unproved, agreement } = judged;
  const { observation, index, mistake } = result;
  const seen =
    observation.faults.map(({ assertion, message }) => `${assertion}: ${message}`).join('; ') ||
    'it works';
  const found = [...errors, ...warnings.map((rule) => `${rule} (warning)`)].join(', ');
  const doubt = unproved.length > 0 ? `; not proved: ${unproved.join(', ')}` : '';
  return `${agreement} ${index}, ${mistake ?? 'nothing wrong'}\n  lint: ${found || 'nothing'}${doubt}\n  seen: ${seen}\n`;
}

function print(all: readonly Compared[], directory: string): void {
  const worse = all.filter(({ judged }) => disagrees(judged.agreement));
  const tookMs = all.reduce((sum, { result }) => sum + result.observation.tookMs, 0);
  process.stdout.write(
    [
      tableOf('what is wrong', byMistake(all)),
      tableOf('rule', byRule(all)),
      tableOf('', [total(all)]),
      worse.map(described).join(''),
      `${all.length} configurations, ${worse.length} on which lint and Xen do not agree ` +
        `(${formatSeconds(tookMs)} of boots); see ${relative('', directory)}\n`,
    ].join('\n'),
  );
}

function printJson(all: readonly Compared[], target: LintTarget): void {
  const value = {
    schemaVersion: 1,
    xen: `${target.major}.${target.minor}`,
    total: total(all),
    mistakes: byMistake(all),
    rules: byRule(all),
    configurations: all.map(({ result, judged }) => ({
      index: result.index,
      seed: result.seed,
      mistake: result.mistake,
      ...judged,
      observation: result.observation,
    })),
  };
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

function list({ mistakes: all }: Kind): void {
  process.stdout.write(
    formatTable([
      ['mistake', 'rule', 'found besides'],
      ...all.map(({ mistake, rule = '(none)', besides = [] }) => [
        mistake,
        rule,
        besides.join(', '),
      ]),
    ]),
  );
}

/** Boots generated configurations and holds what lint says of each against what came of it. */
export async function agreement(options: AgreementArguments): Promise<void> {
  const kind = kindOf(options.kind);
  if (options.list === true) {
    list(kind);
    return;
  }
  const count = numberOf('--count', options.count, 0);
  const forMs = options.for === undefined ? undefined : 1000 * numberOf('--for', options.for, 1);
  const { flavour = kind.flavour, seed, only = [] } = options;
  await setUp();
  const target = lintTargetOf(flavour);
  if (kind === kinds['xl']) checkTarget(target, flavour);
  const directory = join(projectRoot, 'reports/agreement', flavour, kind.directory);
  const name = only.length === 0 ? 'results.jsonl' : 'only.jsonl';
  const results = new Results(join(directory, name), options.fresh === true || only.length > 0);
  const progress = new Progress();
  progress.begin('agreement');
  const startMs = performance.now();
  const board = openBoard('qemu-virt');
  let here = 0;
  let nth = 0;
  await run({
    ...{ target, seed, count, workers: kind.workers, directory, results, forMs },
    observer: () =>
      kind === kinds['xl']
        ? new XlObserver({ board, flavour, seed, only }, join(directory, `dom0s-${nth++}`))
        : dom0lessObserver({ board, flavour, target, seed, only }),
    onResult: (one) => {
      const rate = `${((1000 * ++here) / (performance.now() - startMs)).toFixed(2)}/s`;
      progress.detail(`${results.all.length}/${count} configurations ${rate}`);
      if (here % 50 === 0 && !process.stderr.isTTY)
        progress.say(`${results.all.length}/${count} configurations, ${rate}`);
      if (disagrees(one.judged.agreement)) progress.say(described(one).trimEnd());
    },
    onSpoiled: (index, error) => {
      progress.say(`${index} says nothing: ${error.message.split('\n', 1)[0] ?? ''}`);
    },
  });
  progress.clear();
  const all = results.all.map((result) => compare(result, target));
  if (options.json === true) printJson(all, target);
  else print(all, directory);
  if (all.some(({ judged }) => disagrees(judged.agreement))) process.exitCode = 1;
}
