// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkAncestry, commitOf, GitTree } from '../bisect/git-tree.ts';
import { faultsAsked, type Question } from '../bisect/observation.ts';
import { bisectRevisions, type Built, type RevisionResult } from '../bisect/revisions.ts';
import { ObservationStore } from '../bisect/store.ts';
import { nameOfSharing, trialOracle } from '../bisect/trial-oracle.ts';
import { openQemuWith } from '../fixtures/open-board.ts';
import { formatSeconds } from '../host/progress.ts';
import { buildXenTree, resolveImages, xenTreeRecipe, xenTreeTools } from '../images/index.ts';
import { ownHypervisor } from '../images/own-xen.ts';
import { projectRoot } from '../images/places.ts';
import { CrosspageError, MisuseError } from '../support/errors.ts';
import { sharingsOf } from '../trial/sharings.ts';
import { testsOf } from './bisect-tests.ts';
import { type HostConfiguration, readHostConfiguration } from './host-configuration.ts';
import { checkKernels, checkShares, textOrJson } from './run.ts';
import { setUp } from './set-up.ts';

/** What both verbs take. */
interface XenArguments {
  readonly config: string;
  readonly test?: readonly string[];
  readonly probeKernels?: boolean;
  readonly like: string;
  readonly directory?: string;
}

export interface BisectXenArguments extends XenArguments {
  readonly source: string;
  readonly good: string;
  readonly bad: string;
  readonly format: string;
  readonly fresh?: boolean;
}

/** What in a tree of Xen makes the hypervisor; documentation and tools do not. */
const hypervisorPaths = ['xen', 'config', 'Config.mk', 'scripts', '.gitarchive-info'];

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex');

/** What is tried on each hypervisor, and how one is made of a worktree. */
class Workbench {
  readonly #configuration: HostConfiguration;
  readonly #state: string;
  readonly #like: string;
  readonly question: Question;

  private constructor(options: XenArguments, configuration: HostConfiguration) {
    this.#configuration = configuration;
    this.#state = resolve(options.directory ?? join(projectRoot, 'reports/bisect'));
    this.#like = options.like;
    this.question = {
      expected: sharingsOf(configuration.host).map(nameOfSharing),
      tests: testsOf(options.test ?? [], configuration),
    };
  }

  static async open(options: XenArguments): Promise<Workbench> {
    checkKernels(options.probeKernels);
    const configuration = await readHostConfiguration(options.config);
    checkShares(configuration);
    const workbench = new Workbench(options, configuration);
    await setUp();
    return workbench;
  }

  /** Where the worktree of a source is: this process's own. Those of processes that were killed go. */
  treeOf(source: string): string {
    const name = `xen-${hashOf(resolve(source)).slice(0, 12)}`;
    for (const entry of existsSync(this.#state) ? readdirSync(this.#state) : []) {
      const [, of, pid] = /^(xen-[0-9a-f]{12})-(\d+)$/.exec(entry) ?? [];
      if (of === name && !lives(Number(pid)))
        rmSync(join(this.#state, entry), { recursive: true, force: true });
    }
    return join(this.#state, `${name}-${process.pid}`);
  }

  store(fresh: boolean | undefined): ObservationStore {
    const images = resolveImages();
    const { file, tree } = this.#configuration.host.source;
    const parts = [
      images.probe('memory').sha256,
      images.qemu().version,
      file,
      JSON.stringify(tree.root),
    ];
    return new ObservationStore(
      join(this.#state, `xen-${hashOf(...parts).slice(0, 12)}.json`),
      fresh,
    );
  }

  /** Builds what is checked out, unless it was built before. */
  async build(tree: GitTree): Promise<Built> {
    const recipe = xenTreeRecipe(this.#like);
    const objects = await tree.objects(hypervisorPaths);
    const key = hashOf(...objects, xenTreeTools(recipe)).slice(0, 16);
    const build = await buildXenTree(tree.directory, join(this.#state, 'xen-builds', key), recipe);
    if (build.kind === 'unbuildable') return build;
    const image = ownHypervisor(build.image);
    const { source } = this.#configuration.host;
    const oracle = trialOracle({
      board: openQemuWith({ ...image, flavour: `xen-${key}` }),
      flavour: undefined,
      directory: join(this.#state, 'xen-evidence'),
      file: source.file,
    });
    return {
      kind: 'built',
      runnable: { key: image.sha256, run: () => oracle(source.tree, image.sha256) },
    };
  }
}

function formatRevisions(result: RevisionResult, told: readonly string[], tookMs: number): string {
  const { faults, steps, skipped, runs } = result;
  const heading =
    told.length === 1 ? 'the first bad commit' : `the first bad commit is one of ${told.length}`;
  const rows = [
    heading,
    ...told.flatMap((text) => ['', text]),
    '',
    ...faults.flatMap(({ assertion, message }) => [
      `not so: ${assertion}`,
      ...message.split('; ').map((part) => `  ${part}`),
    ]),
    ...skipped.map(
      ({ commit, why }) => `skipped ${commit.slice(0, 12)}: ${why.split('\n')[0] ?? ''}`,
    ),
    `${steps} revisions between the ends, ${runs.runs} boots, ${runs.known} known from before; ${formatSeconds(tookMs)}`,
  ];
  return `${rows.join('\n')}\n`;
}

/** Finds the first commit of a tree of Xen with which a configuration fails. */
export async function bisectXen(options: BisectXenArguments): Promise<void> {
  const startMs = performance.now();
  const format = textOrJson(options.format);
  const good = await commitOf(options.source, options.good);
  const bad = await commitOf(options.source, options.bad);
  await checkAncestry(options.source, good, bad);
  const workbench = await Workbench.open(options);
  await using tree = await GitTree.open(options.source, workbench.treeOf(options.source), bad);
  const result = await bisectRevisions({
    tree,
    good,
    bad,
    question: workbench.question,
    store: workbench.store(options.fresh),
    build: () => workbench.build(tree),
    onProgress: (text) => {
      process.stderr.write(`${text}\n`);
    },
  });
  const told: string[] = [];
  for (const commit of result.commits) told.push(await tree.describe(commit));
  const tookMs = performance.now() - startMs;
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify({ schemaVersion: 1, ...result, tookMs: Math.round(tookMs) }, undefined, 2)}\n`
      : `\n${formatRevisions(result, told, tookMs)}`,
  );
}

/** What `git bisect run` takes for "this revision says nothing". */
const skip = 125;

/**
 * Judges the revision that is checked out in a tree of Xen, as `git bisect run` wants it: 0 good, 1
 * bad, 125 for what does not build or what the environment spoils, and 128 for wrong use, which ends
 * the bisection.
 */
export async function bisectStep(
  options: XenArguments & { readonly source: string },
): Promise<void> {
  try {
    process.exitCode = await judge(options);
  } catch (error) {
    if (!(error instanceof CrosspageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode =
      error instanceof MisuseError ? 128 : error.fault === 'environment' ? skip : 1;
  }
}

async function judge(options: XenArguments & { readonly source: string }): Promise<number> {
  const workbench = await Workbench.open(options);
  await using tree = await GitTree.open(options.source, workbench.treeOf(options.source), 'HEAD');
  const built = await workbench.build(tree);
  if (built.kind === 'unbuildable') {
    process.stderr.write(`does not build: ${built.why}\n`);
    return skip;
  }
  const faults = faultsAsked(await built.runnable.run(), workbench.question);
  for (const { assertion, message } of faults)
    process.stdout.write(`not so: ${assertion}\n  ${message}\n`);
  return faults.length > 0 ? 1 : 0;
}
