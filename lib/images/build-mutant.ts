// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../host/tools.ts';
import { CrosspageError, EnvironmentError } from '../support/errors.ts';
import {
  applyPatch,
  collect,
  type Make,
  makeIn,
  prepareSource,
  writeTools,
  type XenOrder,
} from './build-xen.ts';
import { parseConfig } from './kconfig.ts';
import { crossPrefix } from './machine.ts';
import type { Made, Workshop } from './store.ts';

/** What the hypervisor's build reads of the source; the rest would only be copied. */
const kept = ['xen', 'config', 'Config.mk'];

const jobs = `-j${availableParallelism()}`;

/**
 * A compiler that maps its sources' path to the same one wherever they lie: as an argument of
 * make, another path would be another command, and make would compile everything again.
 */
async function writeCompiler(tools: string, source: string): Promise<void> {
  const script = `#!/bin/sh\nPATH=\${PATH#*:} exec ${crossPrefix}gcc -ffile-prefix-map='${source}'=/xen "$@"\n`;
  await writeFile(join(tools, `${crossPrefix}gcc`), script);
  await chmod(join(tools, `${crossPrefix}gcc`), 0o755);
}

/**
 * Builds a hypervisor and keeps the tree with its objects and their times: a mutant compiles in a
 * copy of it only what its patch touches.
 * @throws EnvironmentError when a tool fails, or Kconfig drops an option that was asked for.
 */
export async function buildTree(workshop: Workshop, order: XenOrder): Promise<Made> {
  const { directory, progress } = workshop;
  progress.begin(`build the tree for mutants of ${order.flavour} (Xen ${order.locked.version})`);
  const tools = await writeTools(directory);
  await writeCompiler(tools, join(directory, 'source'));
  const { source, make } = await prepareSource(workshop, order, tools);
  await make(jobs, 'build');
  for (const entry of await readdir(source))
    if (!kept.includes(entry)) await rm(join(source, entry), { recursive: true });
  await rm(tools, { recursive: true });
  progress.end();
  const { version, locked } = order;
  return { version, sourceVersion: locked.version, main: 'source/xen/xen', extra: {} };
}

/** A mutant to build: `order` is that of its base, with the mutant's flavour. */
export interface MutantOrder {
  readonly order: XenOrder;
  readonly mutant: string;
  /** Path of the patch. */
  readonly patch: string;
  /** Directory that {@link buildTree} made. */
  readonly tree: string;
}

/** Does `work`; its failure names the mutant and its patch. */
export async function told<T>(
  what: string,
  { mutant, patch }: Pick<MutantOrder, 'mutant' | 'patch'>,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CrosspageError)) throw error;
    throw new EnvironmentError(
      {
        who: `mutant ${mutant}`,
        what,
        lastSeen: error.story.lastSeen,
        where: patch,
        remedy: 'write the patch anew for this version of Xen: images/xen/README.md says how',
      },
      { cause: error },
    );
  }
}

/**
 * Builds a mutant in a copy of its base's tree.
 * @throws EnvironmentError that names the mutant and its patch when it does not apply or compile.
 */
export async function buildMutant(workshop: Workshop, from: MutantOrder): Promise<Made> {
  const { directory, progress } = workshop;
  const { order, mutant, patch, tree } = from;
  progress.begin(`build mutant ${mutant} (Xen ${order.locked.version})`);
  const log = join(directory, 'build.log');
  const source = join(directory, 'source');
  await mkdir(source);
  await runTool('cp', ['-a', '--reflink=auto', `${join(tree, 'source')}/.`, source], { log });
  const tools = await writeTools(directory);
  await writeCompiler(tools, source);
  const applied = applyPatch(source, patch, log, '--fuzz=0');
  await told(`the patch does not apply to Xen ${order.locked.version}`, from, applied);
  const make: Make = makeIn(join(source, 'xen'), order, tools, workshop);
  await told(`the patched Xen does not compile`, from, make(jobs, 'build'));
  const config = parseConfig(await readFile(join(source, 'xen/.config'), 'utf8'));
  progress.end();
  return collect(workshop, order, source, config);
}
