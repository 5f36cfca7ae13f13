// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Between, bisect } from '../bisect/bisection.ts';
import { bisectAsJson, formatBisect } from '../bisect/format.ts';
import { commitOf, GitTree } from '../bisect/git-tree.ts';
import {
  configText,
  differingOptions,
  mixedOptions,
  type OptionFile,
  optionChanges,
  type Options,
  overridden,
} from '../bisect/kconfig.ts';
import type { Session } from '../bisect/keeping.ts';
import type { Observation } from '../bisect/observation.ts';
import { configureXenTree, parseConfig, unpackXenSource, xenTreeTools } from '../images/index.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import {
  accountOfChanges,
  checkReportFiles,
  type ReportFiles,
  tellAnswer,
} from './bisect-account.ts';
import { teller } from './bisect-config.ts';
import { keptSession } from './kept-session.ts';
import { textOrJson } from './run.ts';
import { hashOf, Workbench, type WorkbenchArguments } from './workbench.ts';

export interface BisectKconfigArguments extends WorkbenchArguments, ReportFiles {
  readonly good: string;
  readonly bad: string;
  readonly source?: string;
  readonly revision?: string;
  readonly like: string;
  readonly format: string;
  readonly fresh?: boolean;
}

/** The sources that every Xen is built from, in a directory of this process alone. */
interface Tree extends AsyncDisposable {
  readonly directory: string;
  readonly identity: string;
  readonly title: string;
}

async function openTree(workbench: Workbench, options: BisectKconfigArguments): Promise<Tree> {
  const { source, revision = 'HEAD', like } = options;
  if (source !== undefined) {
    const commit = await commitOf(source, revision);
    const tree = await GitTree.open(source, workbench.treeOf(resolve(source)), commit);
    return {
      directory: tree.directory,
      identity: commit,
      title: `${source}, ${commit.slice(0, 12)}`,
      [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
    };
  }
  const parent = workbench.treeOf(`sources of ${like}`);
  const remove = (): void => {
    rmSync(parent, { recursive: true, force: true });
  };
  process.once('exit', remove);
  remove();
  const unpacked = await unpackXenSource(like, parent);
  return {
    ...unpacked,
    [Symbol.asyncDispose]: () => {
      process.removeListener('exit', remove);
      remove();
      return Promise.resolve();
    },
  };
}

/** @throws MisuseError for a file that is no .config. */
async function readOptions(file: string): Promise<OptionFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new MisuseError({ who: file, what: `cannot be read: ${messageOf(error)}` });
  });
  const options = parseConfig(text);
  if (options.size > 0) return { file, options };
  throw new MisuseError({
    who: file,
    what: 'is no .config: no line of it is CONFIG_NAME=value',
    remedy: 'give the .config that Xen was built with',
  });
}

/** An end as Kconfig completes it for this tree, and what it took away. */
async function completed(
  tree: Tree,
  end: OptionFile,
): Promise<{ readonly end: OptionFile; readonly notes: readonly string[] }> {
  const built = parseConfig(await configureXenTree(tree.directory, configText(end.options)));
  const changed = overridden(end.options, built, end.options.keys());
  return {
    end: { file: end.file, options: built },
    notes: changed.map((row) => `not as asked in ${end.file}: ${row}`),
  };
}

/** What a configuration with which Xen does not build shows: a failure of its own. */
const unbuildable = (why: string): Observation => ({
  faults: [{ assertion: 'Xen builds with this configuration', message: why }],
  present: [],
  tookMs: 0,
});

/** What lies between two configurations of one tree, each built and tried. */
function betweenOptions(
  workbench: Workbench,
  tree: Tree,
  good: Options,
  bad: Options,
  evidence: Map<string, string>,
): Between {
  const names = differingOptions(good, bad);
  const chosen = (changes: readonly number[]): Options =>
    mixedOptions(
      good,
      bad,
      changes.flatMap((change) => names[change] ?? []),
    );
  const known = new Map<string, boolean>();
  return {
    count: names.length,
    // What Kconfig overrides was asked, and would not be what is built.
    exists: async (changes) => {
      const key = changes.join();
      const before = known.get(key);
      if (before !== undefined) return before;
      const asked = chosen(changes);
      const built = parseConfig(await configureXenTree(tree.directory, configText(asked)));
      const there = overridden(asked, built, names).length === 0;
      known.set(key, there);
      return there;
    },
    mixture: (changes) => {
      const recipe = { config: configText(chosen(changes)) };
      const key = hashOf(tree.identity, xenTreeTools(recipe)).slice(0, 16);
      return {
        key: `kconfig ${key}`,
        run: async () => {
          const built = await workbench.build(tree.directory, key, recipe);
          if (built.kind === 'unbuildable') return unbuildable(built.why);
          evidence.set(changes.join(), workbench.evidenceOf(built.runnable.key));
          return built.runnable.run();
        },
      };
    },
  };
}

/** Finds the options of Xen's Kconfig between two .configs with which a configuration fails. */
export async function bisectKconfig(options: BisectKconfigArguments): Promise<void> {
  textOrJson(options.format);
  checkReportFiles(options);
  await keptSession(options.directory, (session) => bisectKconfigIn(session, options));
}

async function bisectKconfigIn(session: Session, options: BisectKconfigArguments): Promise<void> {
  const startMs = performance.now();
  const format = textOrJson(options.format);
  const asked = [await readOptions(options.good), await readOptions(options.bad)] as const;
  const workbench = await Workbench.open(options, session, 'bisect kconfig');
  await using tree = await openTree(workbench, options);
  const good = await completed(tree, asked[0]);
  const bad = await completed(tree, asked[1]);
  const changes = optionChanges(good.end, bad.end);
  const notes = [...good.notes, ...bad.notes];
  if (changes.length === 0)
    throw new MisuseError({
      who: `${options.good} and ${options.bad}`,
      what: `are the same to ${tree.title}: there is nothing between them`,
      lastSeen: notes.length === 0 ? undefined : notes.join('\n'),
      remedy: 'give two configurations of one version of Xen, or its tree with --source',
    });
  const evidence = new Map<string, string>();
  const { tell, clear } = teller();
  const { question } = workbench;
  const result = await bisect({
    between: betweenOptions(workbench, tree, good.end.options, bad.end.options, evidence),
    question,
    store: workbench.store(options.fresh),
    names: { good: `good end ${options.good}`, bad: `bad end ${options.bad}` },
    onProgress: tell,
  }).finally(clear);
  const report = {
    ...{ good: options.good, bad: options.bad, changes, result },
    tookMs: performance.now() - startMs,
    evidence: result.causes.map((cause) => evidence.get(cause.changes.join())),
    textOf: () => undefined,
    files: { good: options.good, bad: options.bad },
  };
  const booted = [['sources', tree.title] as const, ...workbench.booted];
  const told = { verb: 'bisect kconfig', question, booted, notes };
  const answer =
    format === 'json'
      ? bisectAsJson(report)
      : `\n${formatBisect(report)}${notes.map((note) => `${note}\n`).join('')}`;
  tellAnswer(answer, options, accountOfChanges(report, told));
}
