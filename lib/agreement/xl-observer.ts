// SPDX-License-Identifier: Apache-2.0
/** A dom0 in which the domains of generated files of xl come and go. */
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { makeDirectory, writeEvidence } from '../host/evidence-files.ts';
import { destroyScript } from '../toolstack/scripts.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { faultOfEnd } from '../trial/boot-faults.ts';
import { examine } from '../trial/examine.ts';
import { findSharings, type Sharing } from '../trial/sharings.ts';
import { type TrialSystem, xlDomainsOf } from '../trial/subject.ts';
import type { TrialFault } from '../trial/verdict.ts';
import { planXlTrial, type XlTrialPlan } from '../trial/xl-plan.ts';
import { XlRun } from '../trial/xl-run.ts';
import { bootDom0 } from '../trial/xl-trial.ts';
import { leftBehind, parseXlList } from '../xen/xl-output.ts';
import { importTexts, type Texts } from './configuration-files.ts';
import type { Observation } from './observe.ts';
import type { Observer } from './observer.ts';
import { type Proofs, prove } from './proofs.ts';
import { type GeneratedXl, generateXl } from './xl-generate.ts';
import { ground } from './xl-system.ts';

/** What configurations of xl are generated from, and tried in. */
export interface XlOptions {
  readonly board: Board;
  readonly flavour: string | undefined;
  readonly seed: string;
  /** Mistakes by parts of their names; none: all, and right ones. */
  readonly only?: readonly string[];
}

interface Tried {
  readonly faults: readonly TrialFault[];
  readonly proofs: Proofs;
}

/** What xl's domains may take to be destroyed. */
const destroyMs = 60_000;

function systemOf(texts: Texts): TrialSystem {
  const { hosts, domains } = importTexts(texts);
  return { host: hosts[0], domains, partials: [] };
}

/** Attributes that do not agree are written, not seen: no emulated processor has a cache. */
const isSeen = ({ assertion }: TrialFault): boolean =>
  !assertion.endsWith(': all have it with the same attributes');

/** What is tried where every domain is there; what is mapped is looked at where all works. */
async function share(
  run: XlRun,
  { host }: TrialSystem,
  sharings: readonly Sharing[],
): Promise<Tried> {
  const { verdicts, faults } = await examine(await run.trialled(), sharings);
  const seen = [...verdicts.flatMap((one) => one.faults), ...faults].filter(isSeen);
  if (seen.length > 0) return { faults: seen, proofs: {} };
  return {
    faults: [],
    proofs: prove({ ...(await run.shown()), console: [], ...(host && { host }) }),
  };
}

/** One dom0 after the other: a new one where a configuration has harmed it. */
export class XlObserver implements Observer {
  readonly #options: XlOptions;
  readonly #system = systemOf(ground);
  readonly #planned: XlTrialPlan;
  readonly #directory: string;
  #dom0: Dom0 | undefined;
  #boots = 0;

  /** @param directory for the consoles of dom0s. */
  constructor(options: XlOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
    this.#planned = planXlTrial(this.#system, options.board.layout, options.flavour);
  }

  /** The configuration of that number. */
  async observe(index: number, evidence: string): ReturnType<Observer['observe']> {
    const { seed, only } = this.#options;
    return this.try(generateXl(seed, index, only), evidence);
  }

  /** What comes of a configuration. @throws EnvironmentError for what is no observation. */
  async try(generated: GeneratedXl, evidence: string): ReturnType<Observer['observe']> {
    const { mistake, texts, meant } = generated;
    await makeDirectory(evidence);
    for (const [file, text] of Object.entries(texts))
      await writeEvidence(join(evidence, file), text);
    const dom0 = (this.#dom0 ??= await this.#boot());
    const startMs = performance.now();
    const { facts } = dom0.machine;
    const { sharings } = findSharings(systemOf(meant));
    const { faults, proofs } = await this.#tryOut(dom0, systemOf(texts), sharings, evidence);
    const observation: Observation = {
      ...{ kind: 'up', text: '', faults, proofs },
      tookMs: performance.now() - startMs,
    };
    return { mistake: mistake?.mistake, files: { texts }, facts, observation };
  }

  /** Ends dom0. */
  async dispose(): Promise<void> {
    const dom0 = this.#dom0;
    this.#dom0 = undefined;
    await dom0?.dispose();
  }

  async #boot(): Promise<Dom0> {
    const { board, flavour } = this.#options;
    const evidence = join(this.#directory, `dom0-${this.#boots++}`);
    const booted = await bootDom0(this.#system, this.#planned, { board, flavour, evidence });
    if ('error' in booted) throw booted.error;
    return booted.dom0;
  }

  async #tryOut(
    dom0: Dom0,
    system: TrialSystem,
    sharings: readonly Sharing[],
    evidence: string,
  ): Promise<Tried> {
    const planned = { ...this.#planned, domains: xlDomainsOf(system) };
    const run = new XlRun(this.#options.board, dom0, system, planned, sharings);
    const from = dom0.machine.console.transcript.lines.length;
    try {
      const refused = await run.bringUp();
      const { faults, proofs } =
        refused.length > 0 ? { faults: refused, proofs: {} } : await share(run, system, sharings);
      await this.#clear(dom0);
      return { faults: [...faults, ...run.health()], proofs };
    } catch (error) {
      // What was on the console is of this configuration alone from there.
      const lines = dom0.machine.console.transcript.lines.slice(from).map(({ text }) => text);
      await writeEvidence(join(evidence, 'console.log'), `${lines.join('\n')}\n`);
      await this.dispose();
      const fault = await faultOfEnd('Xen and dom0 live until all is tried', dom0.machine, error);
      return { faults: [fault], proofs: {} };
    } finally {
      run.dispose();
    }
  }

  /** Destroys all domains; where something is left, or dom0 does not answer in time, dom0 ends. */
  async #clear(dom0: Dom0): Promise<void> {
    const left = await this.#destroyAll(dom0).catch((error: unknown) => {
      if (error instanceof EnvironmentError) return [messageOf(error)];
      throw error;
    });
    if (left.length > 0) await this.dispose();
  }

  async #destroyAll(dom0: Dom0): Promise<string[]> {
    const there = parseXlList(await dom0.output(['xl', 'list'], { timeoutMs: destroyMs }));
    const domids = there.map(({ domid }) => domid).filter((domid) => domid > 0);
    const script = destroyScript(domids.toReversed(), 0);
    return leftBehind(await dom0.output(['sh', '-c', script], { timeoutMs: destroyMs }));
  }
}
