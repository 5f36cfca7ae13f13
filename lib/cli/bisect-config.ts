// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bisect, type BisectProgress, type BisectResult } from '../bisect/bisection.ts';
import { differenceOf, type Difference, keyOfTree } from '../bisect/configurations.ts';
import { bisectAsJson, formatBisect } from '../bisect/format.ts';
import type { Session } from '../bisect/keeping.ts';
import { ObservationStore } from '../bisect/store.ts';
import { evidenceOf, nameOfSharing, trialOracle } from '../bisect/trial-oracle.ts';
import { openBoard } from '../fixtures/open-board.ts';
import { formatSeconds, Progress } from '../host/progress.ts';
import { resolveImages } from '../images/index.ts';
import { MisuseError } from '../support/errors.ts';
import { sharingsOf } from '../trial/sharings.ts';
import {
  accountOfChanges,
  checkReportFiles,
  type ReportFiles,
  writeReportFiles,
} from './bisect-account.ts';
import { testsOf } from './bisect-tests.ts';
import { type HostConfiguration, readHostConfiguration } from './host-configuration.ts';
import { keptSession, stateOf } from './kept-session.ts';
import { RepositoryEnds } from './repository-ends.ts';
import { checkKernels, checkShares, shownPath, talkative, textOrJson } from './run.ts';
import { setUp } from './set-up.ts';

export interface BisectConfigArguments extends ReportFiles {
  readonly good: string;
  readonly bad: string;
  readonly test?: readonly string[];
  readonly board: string;
  readonly probeKernels?: boolean;
  readonly flavour?: string;
  readonly format: string;
  readonly fresh?: boolean;
  readonly directory?: string;
  readonly repository?: string;
  readonly path?: string;
}

/** All besides the configuration that decides what a run shows. */
function identityOf(board: string, flavour: string | undefined): string {
  const images = resolveImages();
  const { sha256 } = images.hypervisor(flavour);
  const parts = [board, sha256, images.probe('memory').sha256, images.qemu().version];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** What mixtures are booted with, for people. */
export function bootedWith(
  board: string,
  flavour: string | undefined,
): (readonly [name: string, value: string])[] {
  const images = resolveImages();
  const { version, flavour: name } = images.hypervisor(flavour);
  return [
    ['board', board],
    ['hypervisor', `Xen ${version} (${name})`],
    ['QEMU', images.qemu().version],
  ];
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
    : `${left} changes between them`;
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
  const kept = causes.map(({ changes }) => evidenceOf(directory, keyOfTree(mixed(changes))));
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

/** Files besides the trees that differ, which no boot reads. */
function unread(good: HostConfiguration, bad: HostConfiguration): string[] {
  const others = ({ files, host, directory }: HostConfiguration): Map<string, string> =>
    new Map(
      [
        ...files.skipped,
        ...files.domains.map(({ file }) => file.source.file),
        ...files.partials.map(({ source }) => source.file),
      ]
        .filter((file) => file !== host.source.file)
        .map((file) => [file.slice(directory.length).replace(/^\/+/, ''), file]),
    );
  const [first, second] = [others(good), others(bad)];
  const same = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && readFileSync(a).equals(readFileSync(b));
  return [...new Set([...first.keys(), ...second.keys()])].filter(
    (name) => !same(first.get(name), second.get(name)),
  );
}

/** Finds the smallest change between two directories, or revisions, that breaks what the first does. */
export async function bisectConfig(options: BisectConfigArguments): Promise<void> {
  checkReportFiles(options);
  if (options.repository === undefined) {
    if (options.path !== undefined)
      throw new MisuseError({
        who: `--path ${options.path}`,
        what: 'is a directory of a repository, and none is given',
        remedy: 'add --repository DIRECTORY',
      });
    process.stdout.write(
      await keptSession(options.directory, (session) => bisectDirectories(options, session)),
    );
    return;
  }
  using ends = await RepositoryEnds.open(options.repository, options, options.path);
  const { good, bad } = ends;
  const named = (text: string): string => ends.named(text);
  const text = await keptSession(options.directory, (session) =>
    bisectDirectories({ ...options, good, bad }, session, named),
  );
  process.stdout.write(named(text));
}

/** What came of it, for people or programs. */
async function bisectDirectories(
  options: BisectConfigArguments,
  session: Session,
  named?: (text: string) => string,
): Promise<string> {
  const startMs = performance.now();
  const format = textOrJson(options.format);
  checkKernels(options.probeKernels);
  const good = await readHostConfiguration(options.good);
  const bad = await readHostConfiguration(options.bad);
  checkShares(good);
  const tests = testsOf(options.test ?? [], good, bad);
  await setUp();
  const flavour = options.flavour ?? talkative(options.board);
  const state = stateOf(options.directory);
  const pair = [good, bad].map(({ host }) => keyOfTree(host.source.tree)).join();
  const directory = join(state, createHash('sha256').update(pair).digest('hex').slice(0, 12));
  const oracle = trialOracle({
    board: openBoard(options.board),
    flavour,
    directory,
    file: bad.host.source.file,
  });
  const difference = differenceOf(good.host.source, bad.host.source, oracle);
  const known = join(state, `${identityOf(options.board, flavour)}.json`);
  for (const path of [known, directory]) session.use(path);
  const { tell, clear } = teller();
  const question = { expected: sharingsOf(good.host).map(nameOfSharing), tests };
  const result = await bisect({
    between: difference.between,
    question,
    store: new ObservationStore(known, options.fresh),
    names: { good: `good end ${options.good}`, bad: `bad end ${options.bad}` },
    onProgress: tell,
  }).finally(clear);
  const evidence = await keepEvidence(directory, result, difference);
  const { changes } = difference;
  const report = {
    ...{ good: options.good, bad: options.bad, changes, result, evidence },
    tookMs: performance.now() - startMs,
    textOf,
    files: { good: good.host.source.file, bad: bad.host.source.file },
  };
  const notes = unread(good, bad).map((file) => `not tried: ${file} differs, and is not booted`);
  const booted = bootedWith(options.board, flavour);
  const account = accountOfChanges(report, { verb: 'bisect config', question, booted, notes });
  writeReportFiles(options, account, named);
  if (format === 'json') return bisectAsJson(report);
  return `\n${formatBisect(report)}${notes.map((note) => `${note}\n`).join('')}`;
}
