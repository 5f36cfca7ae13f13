// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningMachine } from '../boards/board.ts';
import type { Domain } from '../probe/domain.ts';
import type { RecordLoss } from '../probe/records.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../support/errors.ts';
import type { XenBanner } from '../xen/console-lines.ts';
import type { SystemPlan } from '../xen/plan.ts';
import type { DomainMonitor } from './domain-monitor.ts';

/** Stages of a boot, with the milliseconds from power-on at which they were reached. */
export type Stages = ReadonlyMap<string, number>;

/** A system that is up: its domains answer. Ends with `[Symbol.asyncDispose]`. */
export class System implements AsyncDisposable {
  readonly machine: RunningMachine;
  readonly plan: SystemPlan;
  readonly domains: ReadonlyMap<string, Domain>;
  readonly xen: XenBanner;
  readonly stages: Stages;
  readonly #monitors: readonly DomainMonitor[];
  readonly #evidence: string;
  #disposed: Promise<void> | undefined;

  constructor(parts: {
    machine: RunningMachine;
    plan: SystemPlan;
    domains: ReadonlyMap<string, Domain>;
    xen: XenBanner;
    stages: Stages;
    monitors: readonly DomainMonitor[];
    evidence: string;
  }) {
    this.machine = parts.machine;
    this.plan = parts.plan;
    this.domains = parts.domains;
    this.xen = parts.xen;
    this.stages = parts.stages;
    this.#monitors = parts.monitors;
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
   * a domain were lost; EnvironmentError when the console could not be kept. A verdict before
   * that does not stand.
   */
  checkHealth(): void {
    const { fate, console } = this.machine;
    fate.check();
    for (const { domain, fate: end } of this.#monitors) {
      if (this.domain(domain.name).askedToEnd !== undefined) continue;
      end.check();
      const crash = console.crashed.get(domain.domid);
      if (crash !== undefined)
        throw new SubjectError({
          who: `domain ${domain.name} (d${domain.domid})`,
          what: `Xen says that it crashed: ${crash}`,
          where: console.transcript.files.lines,
        });
    }
    this.#checkRecords();
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
    if (damaged + missing > 0)
      throw new SubjectError({
        who: files.lines,
        what: `${missing} records of the probes are missing and ${damaged} are damaged`,
        remedy: 'the console loses bytes: look at the raw console file',
      });
    if (repeated > 0)
      throw new SubjectError({
        who: files.lines,
        what: `${repeated} records of the probes came again, or too late`,
        remedy: 'the console repeats or reorders lines: look at the raw console file',
      });
  }

  /**
   * What Xen says of its domains and processors (debug keys q and d), into the console's file.
   * Returns whether Xen answered within `withinMs`.
   */
  async askXen(withinMs = 1000): Promise<boolean> {
    return askXen(this.machine, withinMs);
  }

  /** Ends the machine, then writes what was exchanged with the probes. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  /** {@link System.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #dispose(): Promise<void> {
    // The machine first: nothing must go on while its evidence is written.
    await this.machine.dispose();
    for (const monitor of this.#monitors) monitor.dispose();
    const lines = [...this.domains.values()]
      .flatMap((domain) => domain.client.exchanges)
      .map(
        ({ domain, vcpu, command, reply, tookMs }) =>
          `${domain}.${vcpu} > ${command}\n${domain}.${vcpu} < ${reply ?? '(no reply)'} (${tookMs.toFixed(1)} ms)\n`,
      );
    await writeFile(join(this.#evidence, 'commands.log'), lines.join(''));
  }
}

/** Asks Xen for its state by debug keys; whether it answered. Serial input is Xen's. */
export async function askXen(machine: RunningMachine, withinMs: number): Promise<boolean> {
  const { console } = machine;
  const after = console.transcript.lines.length;
  console.write('q');
  const answered = await console
    .waitFor((line) => (line.text.includes("'q' pressed") ? true : undefined), {
      deadline: Deadline.after(withinMs),
      late: () => new Error('late'),
      after,
    })
    .catch(() => false);
  if (answered) console.write('d');
  return answered;
}
