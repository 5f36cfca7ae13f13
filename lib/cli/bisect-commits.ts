// SPDX-License-Identifier: Apache-2.0
import type { ConfigurationEnd } from '../bisect/configuration-end.ts';
import { asTried, type ConfigurationTest, oracleOf } from '../bisect/configuration-test.ts';
import { endMixture } from '../bisect/configurations.ts';
import { git, tryGit } from '../bisect/git.ts';
import { commitOf } from '../bisect/git-tree.ts';
import { bisectHistory, type HistoryResult, type State } from '../bisect/history.ts';
import { MixtureDirectory } from '../bisect/mixture.ts';
import type { Runnable } from '../bisect/runs.ts';
import type { ObservationStore } from '../bisect/store.ts';
import { Progress } from '../host/progress.ts';
import type { BisectionAccount } from '../report/bisection-account.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import { readEnd } from './configuration-end.ts';
import type { RepositoryEnds } from './repository-ends.ts';

/** A commit, as a report names it. */
interface Commit {
  readonly commit: string;
  readonly author: string;
  /** ISO 8601, the author's. */
  readonly date: string;
  readonly subject: string;
}

export interface CommitOptions {
  readonly ends: RepositoryEnds;
  readonly repository: string;
  /** The configuration's directory in it. */
  readonly path: string;
  readonly good: ConfigurationEnd;
  readonly bad: ConfigurationEnd;
  /** As the user calls the revisions. */
  readonly names: { readonly good: string; readonly bad: string };
  readonly test: ConfigurationTest;
  readonly store: ObservationStore;
}

/** The change in which it broke: a commit, or several of which none can be told from the other. */
export interface FoundCommit {
  /** In the order in which they were made; none where the ends are of different histories. */
  readonly commits: readonly Commit[];
  readonly good: ConfigurationEnd;
  readonly bad: ConfigurationEnd;
  readonly names: { readonly good: string; readonly bad: string };
  readonly steps: number;
  readonly skipped: readonly { readonly commit: string; readonly why: string }[];
}

/** Commits of the first parents between two that change a directory; undefined: two histories. */
async function commitsBetween(
  repository: string,
  good: string,
  bad: string,
  path: string,
): Promise<readonly string[] | undefined> {
  const ancestor = ['merge-base', '--is-ancestor', good, bad];
  if ((await tryGit(repository, ancestor)).code !== 0) return undefined;
  // A good end beside the chain lacks what a commit of it may have: it says nothing of them.
  const chain = (await git(repository, ['rev-list', '--first-parent', bad])).split('\n');
  const begin = await git(repository, ['rev-parse', `${good}^{commit}`]);
  if (!chain.includes(begin)) return undefined;
  const range = ['--first-parent', '--reverse', `${good}..${bad}`, '--', path === '' ? '.' : path];
  const listed = await git(repository, ['rev-list', ...range]);
  return listed.split('\n').filter((line) => line !== '');
}

async function describe(repository: string, commit: string): Promise<Commit> {
  const told = await git(repository, ['show', '--no-patch', '--format=%H%n%an%n%aI%n%s', commit]);
  const [name = commit, author = '', date = '', subject = ''] = told.split('\n');
  return { commit: name, author, date, subject };
}

/** The states of a directory, one for each commit that changes it. */
class History {
  readonly #options: CommitOptions;
  readonly #commits: readonly string[];
  readonly #run: (end: ConfigurationEnd) => Runnable;
  readonly #known = new Map<number, ConfigurationEnd>();

  constructor(options: CommitOptions, commits: readonly string[], mixtures: MixtureDirectory) {
    this.#options = options;
    this.#commits = commits;
    const { test } = options;
    const evidence = `${mixtures.path}-evidence`;
    const oracle = oracleOf(test, mixtures, evidence);
    this.#run = (end) => {
      const mixture = endMixture(end, test.reads);
      return { key: mixture.key, run: () => oracle(mixture) };
    };
    this.#known.set(-1, options.good).set(commits.length - 1, options.bad);
  }

  async find(): Promise<HistoryResult> {
    const { good, bad, names, test, store } = this.#options;
    const progress = new Progress();
    return bisectHistory({
      good: { name: `good end ${names.good}`, runnable: this.#run(good) },
      bad: { name: `bad end ${names.bad}`, runnable: this.#run(bad) },
      count: this.#commits.length,
      state: (number) => this.#state(number),
      question: test.question,
      store,
      onProgress: (text) => {
        if (process.stderr.isTTY) progress.begin(text);
        else progress.say(text);
      },
    }).finally(() => {
      progress.clear();
    });
  }

  /** The directory as a commit has it; good end: -1. */
  end(number: number): ConfigurationEnd {
    const end = this.#known.get(number);
    if (end === undefined) throw new Error(`commit ${number} was not looked at`);
    return end;
  }

  async #state(number: number): Promise<State> {
    const { ends } = this.#options;
    const directory = await ends.at(this.#commits[number] ?? '');
    if (directory === undefined) return { kind: 'unusable', why: 'has no such directory' };
    try {
      const end = asTried(this.#options.test, (await readEnd(directory)).end);
      this.#known.set(number, end);
      return { kind: 'ready', runnable: this.#run(end) };
    } catch (error) {
      if (!(error instanceof MisuseError)) throw error;
      const [why = ''] = ends.named(messageOf(error)).split('\n');
      return { kind: 'unusable', why };
    }
  }
}

/**
 * Finds the first commit of a directory's history, along first parents, with which a test fails.
 * @throws MisuseError when nothing lies between the ends.
 */
export async function findCommit(options: CommitOptions): Promise<FoundCommit> {
  const { repository, path, good, bad, names } = options;
  const [from, to] = [
    await commitOf(repository, names.good),
    await commitOf(repository, names.bad),
  ];
  const between = await commitsBetween(repository, from, to, path);
  const whole = { good, bad, names, steps: 0, skipped: [] };
  if (between === undefined) return { ...whole, commits: [] };
  if (between.length === 0)
    throw new MisuseError({
      who: `${names.good} and ${names.bad}`,
      what: `have the same ${path === '' ? 'files' : path}: no commit between them changes it`,
      remedy: 'give two revisions that differ there',
    });
  if (between.length === 1)
    return { ...whole, commits: [await describe(repository, between[0] ?? '')] };
  using mixtures = new MixtureDirectory();
  const history = new History(options, between, mixtures);
  const found = await history.find();
  const commits: Commit[] = [];
  for (const commit of between.slice(found.good + 1, found.bad + 1))
    commits.push(await describe(repository, commit));
  const nameOf = (number: number): string => between[number]?.slice(0, 12) ?? names.good;
  return {
    commits,
    good: history.end(found.good),
    bad: history.end(found.bad),
    names: { good: nameOf(found.good), bad: nameOf(found.bad) },
    steps: found.steps,
    skipped: found.skipped.map(({ number, why }) => ({ commit: between[number] ?? '', why })),
  };
}

const headingOf = ({ commits, names }: FoundCommit): string => {
  if (commits.length === 0)
    return `${names.good} does not come before ${names.bad}: all that differs between them`;
  return commits.length === 1
    ? 'the first bad commit'
    : `the first bad commit is one of ${commits.length}; all that they change together`;
};

const nameOf = ({ commit, subject }: Commit): string => `${commit.slice(0, 12)} ${subject}`;

const byline = ({ author, date }: Commit): string => `${author}, ${date.slice(0, 10)}`;

const skippedRows = ({ skipped }: FoundCommit): string[] =>
  skipped.map(({ commit, why }) => `skipped ${commit.slice(0, 12)}: ${why}`);

/** Commits between the ends that were tried. */
const triedRow = ({ steps }: FoundCommit): string[] =>
  steps === 0 ? [] : [`${steps} commits were tried between the ends`];

/** A report of what was minimised, with the commit that it is of. */
export function inHistory(account: BisectionAccount, found: FoundCommit): BisectionAccount {
  const { commits } = found;
  const title = headingOf(found);
  const [only, ...more] = commits;
  const answer =
    only === undefined || more.length > 0
      ? account.answer
      : `${title} is ${nameOf(only)}; ${account.answer}`;
  const items = commits.map((commit) => ({ what: nameOf(commit), lines: [byline(commit)] }));
  const notes = [...skippedRows(found), ...triedRow(found)];
  return { ...account, answer, history: { title, items, notes } };
}

/** What came of a bisection, with the commit before it. */
export function withCommit(text: string, found: FoundCommit, format: 'text' | 'json'): string {
  const { commits, steps, skipped } = found;
  if (format === 'json') {
    const report = JSON.parse(text) as object;
    return `${JSON.stringify({ ...report, commits, commitsTried: steps, skipped }, undefined, 2)}\n`;
  }
  const rows = [
    '',
    headingOf(found),
    ...commits.flatMap((commit) => ['', nameOf(commit), byline(commit)]),
    ...(skipped.length === 0 ? [] : ['']),
    ...skippedRows(found),
    ...(steps === 0 ? [] : ['']),
    ...triedRow(found),
  ];
  return `${rows.join('\n')}\n${text}`;
}
