// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { checkAncestry, commitOf, GitTree } from '../bisect/git-tree.ts';
import { faultsAsked } from '../bisect/observation.ts';
import type { Session } from '../bisect/keeping.ts';
import { bisectRevisions, type Built } from '../bisect/revisions.ts';
import { xenTreeRecipe, xenTreeTools } from '../images/index.ts';
import { CrosspageError, messageOf } from '../support/errors.ts';
import { checkReportFiles, type ReportFiles } from './bisect-account.ts';
import { tellRevisions } from './bisect-list.ts';
import { keptSession } from './kept-session.ts';
import { textOrJson } from './run.ts';
import { hashOf, Workbench, type WorkbenchArguments } from './workbench.ts';

/** What both verbs take. */
interface XenArguments extends WorkbenchArguments {
  readonly like: string;
}

export interface BisectXenArguments extends XenArguments, ReportFiles {
  readonly source: string;
  readonly good: string;
  readonly bad: string;
  readonly format: string;
  readonly fresh?: boolean;
}

/** What in a tree of Xen makes the hypervisor; documentation and tools do not. */
const hypervisorPaths = ['xen', 'config', 'Config.mk', 'scripts', '.gitarchive-info'];

/** Builds what is checked out, unless it was built before. */
async function buildRevision(workbench: Workbench, tree: GitTree, like: string): Promise<Built> {
  const recipe = xenTreeRecipe(like);
  const objects = await tree.objects(hypervisorPaths);
  const key = hashOf(...objects, xenTreeTools(recipe)).slice(0, 16);
  return workbench.build(tree.directory, key, recipe);
}

/** Finds the first commit of a tree of Xen with which a configuration fails. */
export async function bisectXen(options: BisectXenArguments): Promise<void> {
  textOrJson(options.format);
  checkReportFiles(options);
  await keptSession(options.directory, (session) => bisectXenIn(session, options));
}

async function bisectXenIn(session: Session, options: BisectXenArguments): Promise<void> {
  const startMs = performance.now();
  const good = await commitOf(options.source, options.good);
  const bad = await commitOf(options.source, options.bad);
  await checkAncestry(options.source, good, bad);
  const workbench = await Workbench.open(options, session, 'bisect xen');
  await using tree = await GitTree.open(
    options.source,
    workbench.treeOf(resolve(options.source)),
    bad,
  );
  const result = await bisectRevisions({
    tree,
    good,
    bad,
    question: workbench.question,
    store: workbench.store(options.fresh),
    build: () => buildRevision(workbench, tree, options.like),
    onProgress: (text) => {
      process.stderr.write(`${text}\n`);
    },
  });
  const told: string[] = [];
  for (const commit of result.commits) told.push(await tree.describe(commit));
  tellRevisions(result, told, options, {
    verb: 'bisect xen',
    kind: 'commit',
    question: workbench.question,
    booted: [['source', options.source], ['built like', options.like], ...workbench.booted],
    notes: [],
    tookMs: performance.now() - startMs,
  });
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
    process.exitCode = await keptSession(options.directory, (session) => judge(options, session));
  } catch (error) {
    // What is no verdict must not end with 1: git would take it for one.
    const known = error instanceof CrosspageError;
    process.stderr.write(
      `${known || !(error instanceof Error) ? messageOf(error) : String(error.stack)}\n`,
    );
    const fault = known ? error.fault : 'misuse';
    process.exitCode = fault === 'misuse' ? 128 : fault === 'environment' ? skip : 1;
  }
}

async function judge(
  options: XenArguments & { readonly source: string },
  session: Session,
): Promise<number> {
  const workbench = await Workbench.open(options, session, 'bisect step');
  await using tree = await GitTree.open(
    options.source,
    workbench.treeOf(resolve(options.source)),
    'HEAD',
  );
  const built = await buildRevision(workbench, tree, options.like);
  if (built.kind === 'unbuildable') {
    process.stderr.write(`does not build: ${built.why}\n`);
    return skip;
  }
  const faults = faultsAsked(await built.runnable.run(), workbench.question);
  for (const { assertion, message } of faults)
    process.stdout.write(`not so: ${assertion}\n  ${message}\n`);
  return faults.length > 0 ? 1 : 0;
}
