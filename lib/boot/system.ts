// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningMachine } from '../boards/board.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import type { Range } from '../memory/ranges.ts';
import type { Domain } from '../probe/domain.ts';
import type { RecordLoss } from '../probe/records.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, messageOf, MisuseError, SubjectError } from '../support/errors.ts';
import type { XenBanner } from '../xen/console-lines.ts';
import { describeMaps } from '../xen/describe-stage2.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { diagnose } from './diagnosis.ts';
import type { DomainMonitor } from './domain-monitor.ts';
import { seeRefetch } from './fetch-watch.ts';
import type { Stage2Reader } from './stage2-reader.ts';

/** Stages of a boot, with the milliseconds from power-on at which they were reached. */
export type Stages = ReadonlyMap<string, number>;

/** A system that is up: its domains answer. Ends with `[Symbol.asyncDispose]`. */
export class System implements AsyncDisposable {
  readonly machine: RunningMachine;
  readonly plan: SystemPlan;
  readonly domains: ReadonlyMap<string, Domain>;
  readonly xen: XenBanner;
  readonly stages: Stages;
  /** Reads what Xen maps for each domain; on a board with `stage2-introspection`. */
  readonly stage2: Stage2Reader;
  readonly #monitors: readonly DomainMonitor[];
  readonly #commonDevices: readonly Range[];
  readonly #evidence: string;
  #disposed: Promise<void> | undefined;
  #unwritten: Error | undefined;

  constructor(parts: {
    machine: RunningMachine;
    plan: SystemPlan;
    domains: ReadonlyMap<string, Domain>;
    xen: XenBanner;
    stages: Stages;
    monitors: readonly DomainMonitor[];
    stage2: Stage2Reader;
    commonDevices: readonly Range[];
    evidence: string;
  }) {
    this.machine = parts.machine;
    this.plan = parts.plan;
    this.domains = parts.domains;
    this.xen = parts.xen;
    this.stages = parts.stages;
    this.#monitors = parts.monitors;
    this.stage2 = parts.stage2;
    this.#commonDevices = parts.commonDevices;
    this.#evidence = parts.evidence;
  }

  /** @throws MisuseError when no domain has that name. */
  domain(name: string): Domain {
    const domain = this.domains.get(name);
    if (domain === undefined)
      throw new MisuseError({
        who: 'system',
        what: `has no domain ${name} (it has: ${[...this.domains.keys()].join(', ')})`,
      });
    return domain;
  }

  /** Records that were lost, damaged, repeated or of another boot, over all domains. */
  get loss(): RecordLoss {
    const sum = { received: 0, damaged: 0, missing: 0, repeated: 0, stale: 0 };
    for (const { counter } of this.#monitors)
      for (const key of ['received', 'damaged', 'missing', 'repeated', 'stale'] as const)
        sum[key] += counter.loss[key];
    return sum;
  }

  /**
   * @throws SubjectError when Xen or a domain died that nobody asked to die, or when records of
   * a domain were lost; EnvironmentError when a line to a board lost them, or when the console or
   * the other evidence could not be kept. A verdict before that does not stand.
   */
  checkHealth(): void {
    this.machine.fate.check();
    for (const { domain, fate } of this.#monitors)
      if (this.domain(domain.name).askedToEnd === undefined) fate.check();
    this.#checkRecords();
    if (this.#unwritten !== undefined) throw this.#unwritten;
  }

  /** Whether the machine and every domain still run, as far as it is known. */
  get whole(): boolean {
    if (this.machine.fate.error !== undefined) return false;
    return this.#monitors.every(
      ({ domain, fate }) =>
        fate.error === undefined && this.domain(domain.name).askedToEnd === undefined,
    );
  }

  #checkRecords(): void {
    const { files, diskError } = this.machine.console.transcript;
    if (diskError !== undefined)
      throw new EnvironmentError(
        {
          who: files.lines,
          what: `the console could not be kept: ${diskError.message}`,
          remedy: 'free space there, or move the reports to another disk',
        },
        { cause: diskError },
      );
    const { damaged, missing, repeated } = this.loss;
    // On a line that may lose bytes it is not known who lost them.
    const Kind = this.machine.examineLine === undefined ? SubjectError : EnvironmentError;
    if (damaged + missing > 0)
      throw new Kind({
        who: files.lines,
        what: `${missing} records of the probes are missing and ${damaged} are damaged`,
        remedy: 'the console loses bytes: look at the raw console file',
      });
    if (repeated > 0)
      throw new Kind({
        who: files.lines,
        what: `${repeated} records of the probes came again, or too late`,
        remedy: 'the console repeats or reorders lines: look at the raw console file',
      });
  }

  /**
   * Returns once a guest was seen to go round: Xen does not let it fetch the instruction at
   * `guestAddress`, whose page it maps execute-never, and returns to it as if it were there. On a
   * board with `stage2-introspection`.
   * @throws SubjectError when that was not seen within the budget, by default 20 s.
   */
  async seeRefetch(guestAddress: bigint, budgetMs = 20_000): Promise<void> {
    const { processors } = this.machine;
    if (processors === undefined)
      throw new MisuseError({
        who: 'system',
        what: 'is on a board that cannot show its processors',
        remedy:
          "say so in the specification: xenTest(spec, { requires: ['stage2-introspection'] })",
      });
    await seeRefetch('system', processors, guestAddress, Deadline.after(budgetMs));
  }

  /** Host ranges of devices that Xen gives to every domain: the GICv2 CPU interface. */
  get commonDevices(): readonly Range[] {
    return this.#commonDevices;
  }

  /** What the machine's state was when something failed: see `diagnose`. */
  async diagnose(): Promise<readonly string[]> {
    const { machine, plan, stage2, commonDevices } = this;
    return diagnose({ machine, plan, stage2, commonDevices, evidence: this.#evidence });
  }

  /**
   * Ends the machine, then writes what was exchanged with the probes. Idempotent. What could not
   * be written is for {@link System.checkHealth} to tell.
   */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  /**
   * Why it may not go on without this process; undefined where it may: it is well, and its probes know
   * nothing that another process would have to know too.
   */
  get whyNotLeft(): string | undefined {
    if (this.machine.leave === undefined) return 'nothing on its board outlives a worker';
    try {
      this.checkHealth();
    } catch (error) {
      return messageOf(error);
    }
    for (const { name, askedToEnd, client } of this.domains.values()) {
      if (askedToEnd !== undefined) return `${name} was asked to end`;
      if (!client.keepsNothing) return `${name} was asked for what lasts, or did not answer`;
    }
    return undefined;
  }

  /** {@link System.dispose}, but the machine goes on where it can: for a later process of this run to resume. */
  leave(): Promise<void> {
    this.#disposed ??= this.#dispose(true);
    return this.#disposed;
  }

  /** {@link System.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #dispose(goesOn = false): Promise<void> {
    // The machine first: nothing must go on while its evidence is written.
    await (goesOn && this.machine.leave !== undefined
      ? this.machine.leave()
      : this.machine.dispose());
    for (const monitor of this.#monitors) monitor.dispose();
    const lines = [...this.domains.values()]
      .flatMap((domain) => domain.client.exchanges)
      .map(
        ({ domain, vcpu, command, reply, tookMs }) =>
          `${domain}.${vcpu} > ${command}\n${domain}.${vcpu} < ${reply ?? '(no reply)'} (${tookMs.toFixed(1)} ms)\n`,
      );
    await this.#write('commands.log', lines.join(''));
    const { seen } = this.stage2;
    // A diagnosis has written more than that.
    if (seen.size > 0 && !existsSync(join(this.#evidence, 'stage2.txt')))
      await this.#write('stage2.txt', describeMaps(seen));
  }

  async #write(name: string, text: string): Promise<void> {
    await writeEvidence(join(this.#evidence, name), text).catch((error: unknown) => {
      this.#unwritten ??= error as Error;
    });
  }
}
