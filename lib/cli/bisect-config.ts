// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bisect, type BisectProgress, type BisectResult } from '../bisect/bisection.ts';
import type { ConfigurationEnd } from '../bisect/configuration-end.ts';
import { asTried, type ConfigurationTest, oracleOf } from '../bisect/configuration-test.ts';
import { differenceOf, type Difference, endMixture } from '../bisect/configurations.ts';
import { bisectAsJson, formatBisect } from '../bisect/format.ts';
import type { Session } from '../bisect/keeping.ts';
import { MixtureDirectory } from '../bisect/mixture.ts';
import { ObservationStore } from '../bisect/store.ts';
import { evidenceOf } from '../bisect/trial-oracle.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import type { BisectionAccount } from '../report/bisection-account.ts';
import { MisuseError } from '../support/errors.ts';
import {
  accountOfChanges,
  checkReportFiles,
  type ReportFiles,
  tellAnswer,
} from './bisect-account.ts';
import { findCommit, inHistory, withCommit } from './bisect-commits.ts';
import { configurationTest, type TestArguments } from './bisect-configuration-tests.ts';
import { unread } from './bisect-trial.ts';
import { readEnd } from './configuration-end.ts';
import { keptSession, stateOf } from './kept-session.ts';
import { RepositoryEnds } from './repository-ends.ts';
import { shownPath, textOrJson } from './run.ts';

export interface BisectConfigArguments extends TestArguments, ReportFiles {
  readonly good: string;
  readonly bad: string;
  readonly format: string;
  readonly fresh?: boolean;
  readonly directory?: string;
  readonly repository?: string;
  readonly path?: string;
}

/** Runs that are left, at most: halving, then two for each cause. */
const runsLeft = (left: number): number => Math.ceil(Math.log2(Math.max(left, 1))) + 2;

function liveLine({ phase, found, left, counts }: BisectProgress): string {
  const done = counts.runs + counts.spoilt;
  const meanMs = done === 0 ? 0 : counts.tookMs / done;
  const time = done === 0 ? '' : `, about ${formatSeconds(meanMs * runsLeft(left))} more`;
  const next = left > 1 ? `one of ${left} is next` : 'looking for what can be left out';
  const known = phase.startsWith('step')
    ? `${found} found, ${next}`
    : `${left} change${left === 1 ? '' : 's'} between them`;
  return `${phase}; ${known}${time}`;
}

export function teller(): { tell: (progress: BisectProgress) => void; clear: () => void } {
  const progress = new Progress();
  return {
    tell: (state) => {
      const line = liveLine(state);
      if (process.stderr.isTTY) progress.begin(line);
      else progress.say(line);
    },
    clear: () => {
      progress.clear();
    },
  };
}

/** Keeps the evidence of the causes and deletes that of all other runs that failed. */
async function keepEvidence(
  directory: string,
  { causes }: BisectResult,
  { mixed }: Difference,
): Promise<(string | undefined)[]> {
  const kept = causes.map(({ changes }) => evidenceOf(directory, mixed(changes).key));
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const path = join(directory, name);
    if (!kept.includes(path)) await rm(path, { recursive: true, force: true });
  }
  // Nothing is left of an empty one.
  if (existsSync(directory) && readdirSync(directory).length === 0)
    await rm(directory, { recursive: true });
  return kept.map((path) => (existsSync(path) ? shownPath(path) : undefined));
}

const textOf = (file: string): string | undefined =>
  file.endsWith('.dtb') || !existsSync(file) ? undefined : readFileSync(file, 'utf8');

/** Finds the smallest change between two directories, or revisions, that breaks what the first does. */
export async function bisectConfig(options: BisectConfigArguments): Promise<void> {
  checkReportFiles(options);
  if (options.repository === undefined && options.path !== undefined)
    throw new MisuseError({
      who: `--path ${options.path}`,
      what: 'is a directory of a repository, and none is given',
      remedy: 'add --repository DIRECTORY',
    });
  const { repository, directory } = options;
  await keptSession(directory, (session) =>
    repository === undefined
      ? bisectDirectories(options, session)
      : bisectRepository(options, repository, session),
  );
}

async function bisectDirectories(options: BisectConfigArguments, session: Session): Promise<void> {
  const format = textOrJson(options.format);
  const ends = [await readEnd(options.good), await readEnd(options.bad)] as const;
  const test = await configurationTest(options, options.good, options.bad);
  const [good, bad] = [asTried(test, ends[0].end), asTried(test, ends[1].end)];
  const startMs = performance.now();
  const store = storeOf(test, options, session);
  const bisected = await bisectEnds(good, bad, test, options, session, store);
  const { text, account } = told(bisected, format, startMs);
  tellAnswer(text, options, account);
}

/** The same of two revisions, after the first bad commit between them. */
async function bisectRepository(
  options: BisectConfigArguments,
  repository: string,
  session: Session,
): Promise<void> {
  const format = textOrJson(options.format);
  const { path = '' } = options;
  using ends = await RepositoryEnds.open(repository, options, path);
  try {
    const read = [await readEnd(ends.good), await readEnd(ends.bad)] as const;
    const test = await configurationTest(options, ends.good, ends.bad);
    const [good, bad] = [asTried(test, read[0].end), asTried(test, read[1].end)];
    const startMs = performance.now();
    const store = storeOf(test, options, session);
    const names = { good: options.good, bad: options.bad };
    const found = await findCommit({ ends, repository, path, good, bad, names, test, store });
    const again = { ...options, good: found.names.good, bad: found.names.bad };
    const named = (text: string): string => ends.named(text);
    const bisected = await bisectEnds(found.good, found.bad, test, again, session, store);
    const { text, account } = told(bisected, format, startMs);
    tellAnswer(
      ends.named(withCommit(text, found, format)),
      options,
      inHistory(account, found),
      named,
    );
  } catch (error) {
    throw ends.namedError(error);
  }
}

/** What came of two ends, for people or programs. */
function told(
  { good, bad, test, result, difference, evidence }: Bisected,
  format: 'text' | 'json',
  startMs: number,
): { readonly text: string; readonly account: BisectionAccount } {
  const report = {
    ...{ good: good.directory, bad: bad.directory, changes: difference.changes, result },
    tookMs: performance.now() - startMs,
    evidence,
    textOf,
    files: { good: good.directory, bad: bad.directory },
  };
  const notes = unread(good, bad, test).map(
    (file) => `not tried: ${file} differs, and is not booted`,
  );
  const { question, booted } = test;
  const account = accountOfChanges(report, { verb: 'bisect config', question, booted, notes });
  const text =
    format === 'json'
      ? bisectAsJson(report)
      : `\n${formatBisect(report)}${notes.map((note) => `${note}\n`).join('')}`;
  return { text, account };
}

/** What came of a bisection between two ends, and where its evidence is. */
interface Bisected {
  readonly good: ConfigurationEnd;
  readonly bad: ConfigurationEnd;
  readonly test: ConfigurationTest;
  readonly result: BisectResult;
  readonly difference: Difference;
  readonly evidence: readonly (string | undefined)[];
}

/** What a test has shown, whatever configuration it was given. */
function storeOf(
  { identity }: ConfigurationTest,
  { directory, fresh }: Pick<BisectConfigArguments, 'directory' | 'fresh'>,
  session: Session,
): ObservationStore {
  const file = join(stateOf(directory), `${identity}.json`);
  session.use(file);
  return new ObservationStore(file, fresh);
}

async function bisectEnds(
  good: ConfigurationEnd,
  bad: ConfigurationEnd,
  test: ConfigurationTest,
  options: BisectConfigArguments,
  session: Session,
  store: ObservationStore,
): Promise<Bisected> {
  const keys = [good, bad].map((end) => endMixture(end, test.reads).key);
  const pair = [...keys, test.identity].join();
  const directory = join(
    stateOf(options.directory),
    createHash('sha256').update(pair).digest('hex').slice(0, 12),
  );
  session.use(directory);
  using mixtures = new MixtureDirectory();
  const oracle = oracleOf(test, mixtures, directory);
  const difference = differenceOf(good, bad, oracle, test.reads);
  const { tell, clear } = teller();
  const result = await bisect({
    between: difference.between,
    question: test.question,
    store,
    names: { good: `good end ${options.good}`, bad: `bad end ${options.bad}` },
    onProgress: tell,
  }).finally(clear);
  const evidence = await keepEvidence(directory, result, difference);
  return { good, bad, test, result, difference, evidence };
}
