// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Session } from '../bisect/keeping.ts';
import { keyOfTree } from '../bisect/mixture.ts';
import type { Question } from '../bisect/observation.ts';
import type { Built } from '../bisect/revisions.ts';
import type { Runnable } from '../bisect/runs.ts';
import { ObservationStore } from '../bisect/store.ts';
import { evidenceOf, observeTrial, presentIn } from '../bisect/trial-oracle.ts';
import { abandonedTrees, removeWorktree } from '../bisect/worktrees.ts';
import { openQemuWith } from '../fixtures/open-board.ts';
import {
  buildXenTree,
  type HypervisorImage,
  ownHypervisor,
  type QemuProgram,
  resolveImages,
  type XenTreeRecipe,
} from '../images/index.ts';
import { runTrial } from '../trial/trial.ts';
import { testsOf } from './bisect-tests.ts';
import { harnessHash } from './harness.ts';
import { type HostConfiguration, readHostConfiguration } from './host-configuration.ts';
import { stateOf } from './kept-session.ts';
import { checkKernels, checkShares } from './run.ts';
import { setUp } from './set-up.ts';

/** What all verbs take that try one configuration on many a hypervisor. */
export interface WorkbenchArguments {
  readonly config: string;
  readonly test?: readonly string[];
  readonly probeKernels?: boolean;
  readonly directory?: string;
}

/** A name for all of these. */
export const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex');

/** A configuration that is tried on hypervisors, or with QEMUs, that are no flavours. */
export class Workbench {
  readonly #configuration: HostConfiguration;
  readonly #session: Session;
  /** Where what is known, and what was built, is kept. */
  readonly state: string;
  readonly question: Question;

  private constructor(
    options: WorkbenchArguments,
    configuration: HostConfiguration,
    session: Session,
  ) {
    this.#configuration = configuration;
    this.#session = session;
    this.state = stateOf(options.directory);
    this.question = {
      expected: presentIn(configuration.system),
      tests: testsOf(options.test ?? [], configuration.system),
    };
  }

  /** @param verb who asks, for errors: `bisect xen`. */
  static async open(
    options: WorkbenchArguments,
    session: Session,
    verb: string,
  ): Promise<Workbench> {
    checkKernels(options.probeKernels, verb);
    const configuration = await readHostConfiguration(options.config);
    checkShares(configuration);
    const workbench = new Workbench(options, configuration, session);
    await setUp();
    return workbench;
  }

  /** What is tried, for people. */
  get booted(): (readonly [name: string, value: string])[] {
    return [
      ['board', 'qemu-virt'],
      ['configuration', this.#configuration.directory],
      ...(this.#configuration.files.domains.length > 0
        ? [['not tried', 'files of xl: each version of Xen wants a toolstack of its own'] as const]
        : []),
    ];
  }

  /** Where the worktree of a source is: this process's own. Those of processes that were killed go. */
  treeOf(source: string): string {
    const name = `xen-${hashOf(source).slice(0, 12)}`;
    for (const tree of abandonedTrees(this.state, name)) removeWorktree(tree);
    return join(this.state, `${name}-${process.pid}`);
  }

  store(fresh: boolean | undefined): ObservationStore {
    const { host, partials } = this.#configuration.system;
    const images = resolveImages();
    const parts = [
      images.probe('memory').sha256,
      images.qemu().version,
      ...[host, ...partials].flatMap(({ source: { file, tree } }) => [file, keyOfTree(tree)]),
      harnessHash(),
    ];
    const known = join(this.state, `xen-${hashOf(...parts).slice(0, 12)}.json`);
    this.#session.use(known);
    return new ObservationStore(known, fresh);
  }

  /** The trial of the configuration on a hypervisor, and with a QEMU; what both are, is in the key. */
  trialOn(hypervisor: HypervisorImage, key: string, qemu?: QemuProgram): Runnable {
    const { system } = this.#configuration;
    const evidence = this.evidenceOf(key);
    this.#session.use(evidence);
    const board = openQemuWith(hypervisor, qemu);
    return {
      key,
      run: () =>
        observeTrial(evidence, system, () =>
          runTrial(system, { board, flavour: undefined, evidence }),
        ),
    };
  }

  /** Builds a tree of Xen, unless what the key stands for was built before. */
  async build(directory: string, key: string, recipe: XenTreeRecipe): Promise<Built> {
    const build = await buildXenTree(directory, this.buildOf(key), recipe);
    if (build.kind === 'unbuildable') return build;
    const image = ownHypervisor(build.image);
    const runnable = this.trialOn({ ...image, flavour: `xen-${key}` }, image.sha256);
    return { kind: 'built', runnable };
  }

  /** Where the console of a run that failed is, by the key of what was run. */
  evidenceOf(key: string): string {
    return evidenceOf(this.#evidence, key);
  }

  get #evidence(): string {
    return join(this.state, 'xen-evidence');
  }

  /** Where what is built, or unpacked, is kept until this session has ended. */
  buildOf(key: string): string {
    const directory = join(this.state, 'xen-builds', key);
    this.#session.use(directory);
    return directory;
  }
}
