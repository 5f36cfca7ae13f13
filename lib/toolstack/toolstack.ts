// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { DomainMonitor } from '../boot/domain-monitor.ts';
import { Stage2Reader } from '../boot/stage2-reader.ts';
import { Domain } from '../probe/domain.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import { probeArguments } from '../probe/protocol.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { type Bytes, PAGE } from '../support/units.ts';
import { dom0Name, isDom0 } from '../xen/dom0.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { checkXlConfigs } from '../xen/xl-checks.ts';
import { printXlConfig, type XlConfig } from '../xen/xl-config.ts';
import { parseXlList, type XlListEntry } from '../xen/xl-output.ts';
import { guestCpus, type NamedHostMemory, planXlDomain, type ProbeConfig } from '../xen/xl-plan.ts';
import { connectProbe, type ProbeParty } from './connect-probe.ts';
import { DomainMemory } from './domain-memory.ts';
import { awaitLinux, guestArguments, LinuxDomain } from './linux-domain.ts';
import { destroyDomains } from './remains.ts';
import { refused } from './refused.ts';
import { XlDomain } from './xl-domain.ts';

/** What a toolstack works with. */
export interface ToolstackParts {
  /** The board's name, for messages. */
  readonly board: string;
  readonly dom0: Dom0;
  /** Host memory that domains may map by `iomem`. */
  readonly hostMemory: readonly NamedHostMemory[];
}

/** How a domain is created. */
export interface CreateOptions {
  /** Skip the checks of the configuration, for what is wrong on purpose. Default false. */
  readonly unchecked?: boolean;
  /** Until the probe answers. Default 20 s. */
  readonly budgetMs?: number;
}

/** Where the files of domains lie in dom0. */
const directory = '/run/crosspage';

/** Keeps a Linux on its CPU for a moment. */
const busy = 'while :; do :; done & busy=$!; usleep 300000; kill $busy';

/** Creates domains by `xl` in a Linux dom0, and sees what is left when they are gone. */
export class Toolstack {
  readonly dom0: Dom0;
  readonly #parts: ToolstackParts;
  readonly #living: XlDomain[] = [];
  readonly #linux: LinuxDomain[] = [];
  readonly #configs = new Map<string, XlConfig>();
  readonly #monitors: DomainMonitor[] = [];
  readonly #domains = new Map<string, Domain>();
  readonly #writes: WriteLog = new Map();
  readonly #stage2: Stage2Reader;
  /** Domains that Xen made beside dom0 at boot. */
  readonly #booted: readonly PlannedDomain[];
  #used = false;

  private constructor(parts: ToolstackParts) {
    this.#parts = parts;
    this.dom0 = parts.dom0;
    const { board, dom0 } = parts;
    const { domains } = dom0.plan;
    this.#booted = domains.filter((domain) => !isDom0(domain));
    const made = (): readonly (XlDomain | LinuxDomain)[] => [...this.#living, ...this.#linux];
    const plan = {
      get domains(): readonly PlannedDomain[] {
        return [...domains, ...made().map((domain) => domain.plan)];
      },
    };
    this.#stage2 = new Stage2Reader({
      board,
      machine: dom0.machine,
      plan,
      domains: this.#domains,
      keepBusy: (name) => this.#keepBusy(name),
    });
    dom0.machine.console.transcript.onLine((line) => {
      for (const monitor of this.#monitors) monitor.take(line);
    });
  }

  /**
   * The toolstack of a dom0, with the domains that were booted beside it.
   * @throws EnvironmentError when a probe of theirs is not there.
   */
  static async of(parts: ToolstackParts): Promise<Toolstack> {
    const toolstack = new Toolstack(parts);
    await toolstack.#connectBooted();
    return toolstack;
  }

  /**
   * A domain that Xen made beside dom0 at boot.
   * @throws MisuseError when the specification names none of that name.
   */
  booted(name: string): Domain {
    const domain = this.#domains.get(name);
    if (domain !== undefined && this.#booted.some((plan) => plan.name === name)) return domain;
    const names = this.#booted.map((plan) => plan.name).join(', ');
    throw new MisuseError({
      who: this.#parts.board,
      what: `booted no domain ${name} beside dom0 (it booted: ${names || 'none'})`,
    });
  }

  /** Guest addresses of dom0, which are host addresses, as Xen maps them. */
  dom0At(address: bigint, size: Bytes = PAGE): MappedMemory {
    return this.#memoryOf(dom0Name, 0, address, size);
  }

  /** The domains that were created and not destroyed, in that order. */
  get domains(): readonly XlDomain[] {
    return this.#living;
  }

  /**
   * Creates a domain with a memory probe in it and returns when the probe answers. Unless its
   * configuration says otherwise, it runs on the pCPUs that dom0 has not.
   * @throws MisuseError for a configuration that is wrong, before anything is created;
   * SubjectError when xl refuses, or the domain does not come up.
   */
  async create(config: ProbeConfig, options: CreateOptions = {}): Promise<XlDomain> {
    const run = randomBytes(4).toString('hex');
    const kernel = this.dom0.probePath;
    const extra = probeArguments(run, config.name);
    const full: XlConfig = { cpus: guestCpus(this.dom0.plan), ...config, kernel, extra };
    if (options.unchecked !== true) checkXlConfigs([...this.#configs.values(), full]);
    const deadline = Deadline.after(options.budgetMs ?? 20_000);
    const { transcript } = this.dom0.machine.console;
    const from = transcript.lines.length;
    const domid = await this.#begin(full);
    const plan = planXlDomain(config, domid, this.#parts.hostMemory);
    const monitor = new DomainMonitor(this.#parts.board, plan, run, transcript.files.lines);
    for (const line of transcript.lines.slice(from)) monitor.take(line);
    this.#monitors.push(monitor);
    const domain = await this.#connect(plan, monitor, run, deadline);
    this.#configs.set(config.name, full);
    return domain;
  }

  /**
   * Creates a domain with Linux in it, of the root file system that dom0's `guest` names, and
   * returns when it takes commands.
   * @throws MisuseError for a configuration that is wrong, before anything is created;
   * SubjectError when xl refuses; EnvironmentError when the domain does not answer.
   */
  async createLinux(config: ProbeConfig, options: CreateOptions = {}): Promise<LinuxDomain> {
    const { guestPaths } = this.dom0.machine.linux ?? {};
    if (guestPaths === undefined)
      throw new MisuseError({ who: this.#parts.board, what: 'has no files for a Linux domain' });
    const cpus = guestCpus(this.dom0.plan);
    const full: XlConfig = { cpus, ...config, ...guestPaths, extra: guestArguments };
    if (options.unchecked !== true) checkXlConfigs([...this.#configs.values(), full]);
    const domid = await this.#begin(full);
    const who = `${this.#parts.board} domain ${config.name} (d${domid})`;
    const { name } = config;
    const domain = new LinuxDomain({
      ...{ who, name, domid, dom0: this.dom0 },
      plan: { ...planXlDomain(config, domid, this.#parts.hostMemory), probe: undefined },
      at: (address, size) => this.#memoryOf(name, domid, address, size),
      rebooted: () => {
        this.#stage2.forget(name);
      },
      destroyed: (gone) => this.#linuxDestroyed(gone),
    });
    this.#linux.push(domain);
    this.#configs.set(config.name, full);
    await awaitLinux(domain, options.budgetMs ?? 60_000);
    return domain;
  }

  /** Creates a domain. Returns its domid. */
  async #begin(config: XlConfig): Promise<number> {
    // The youngest domain has the highest domid: smaller than to start xl once more.
    const result = await this.xlCreate(config, ['&&', 'xenstore-list', '/local/domain']);
    const domids = [...result.stdout.matchAll(/^(\d+)$/gm)].map(([, domid]) => Number(domid));
    const domid = domids.length === 0 ? undefined : Math.max(...domids);
    if (result.code !== 0 || domid === undefined)
      throw refused(this.#parts.board, config.name, result);
    return domid;
  }

  /**
   * Runs `xl create` on any configuration, and returns how that ended.
   * `then` is added to the shell's command line.
   */
  async xlCreate(config: XlConfig, then: readonly string[] = []): Promise<CommandResult> {
    this.#used = true;
    const file = `${directory}/${config.name}.cfg`;
    // One channel for all: each costs round trips through the emulated network.
    const script = `mkdir -p ${directory} && cat > ${file} && xl create ${file} ${then.join(' ')}`;
    return this.dom0.run(['sh', '-c', script], { input: printXlConfig(config) });
  }

  /** `xl list`. */
  async list(): Promise<XlListEntry[]> {
    return parseXlList(await this.dom0.output(['xl', 'list']));
  }

  /**
   * Destroys what still lives, the youngest first: borrowers before their owners. Returns what all
   * the domains of this dom0 have left behind: domains that are still there, paths of XenStore.
   */
  async destroyAll(): Promise<string[]> {
    if (!this.#used) return [];
    const living = [...this.#living, ...this.#linux].sort((a, b) => b.domid - a.domid);
    const domids = living.map(({ domid }) => domid);
    const left = await destroyDomains(this.dom0, domids, this.#booted.length);
    for (const domain of [...this.#living]) this.#forget(domain);
    for (const domain of [...this.#linux]) this.#forgetLinux(domain);
    return left;
  }

  /** @throws what ended dom0 or a domain that nobody ended. */
  checkHealth(): void {
    this.dom0.machine.fate.check();
    for (const { name, domid } of this.#booted)
      if (this.booted(name).askedToEnd === undefined) this.#fateOf(domid)?.check();
    for (const domain of this.#living)
      if (domain.askedToEnd === undefined) this.#fateOf(domain.domid)?.check();
  }

  #fateOf(domid: number): Fate | undefined {
    return this.#monitors.find((monitor) => monitor.domain.domid === domid)?.fate;
  }

  #memoryOf(domain: string, domid: number, guestAddress: bigint, size: Bytes): DomainMemory {
    const where = this.dom0.machine.console.transcript.files.lines;
    const who = `${this.#parts.board} domain ${domain} (d${domid})`;
    return new DomainMemory({ domain, who, where, guestAddress, size, stage2: this.#stage2 });
  }

  async #keepBusy(name: string): Promise<void> {
    const linux = this.#linux.find((domain) => domain.name === name);
    if (linux !== undefined) await linux.output(busy);
    else if (name === dom0Name) await this.dom0.run(['sh', '-c', busy]);
  }

  async #connect(
    plan: PlannedDomain,
    monitor: DomainMonitor,
    run: string,
    deadline: Deadline,
  ): Promise<XlDomain> {
    const links = await connectProbe(this.#party(monitor, run), deadline);
    const domain = new XlDomain(plan, links, monitor.notes, (gone) => this.#destroyed(gone));
    this.#living.push(domain);
    this.#domains.set(plan.name, domain);
    return domain;
  }

  #party(monitor: DomainMonitor, run: string): ProbeParty {
    const { board, dom0 } = this.#parts;
    const { machine } = dom0;
    return { board, machine, monitor, run, writes: this.#writes, stage2: this.#stage2 };
  }

  /** Links the domains that Xen made beside dom0. */
  async #connectBooted(): Promise<void> {
    const { board, dom0 } = this.#parts;
    const { machine, probeRun: run } = dom0;
    for (const plan of this.#booted) {
      const monitor = new DomainMonitor(board, plan, run, machine.console.transcript.files.lines);
      this.#monitors.push(monitor);
      const links = await connectProbe(this.#party(monitor, run), Deadline.after(5000));
      this.#domains.set(plan.name, new Domain(plan, links, monitor.notes));
    }
  }

  async #destroyed(domain: XlDomain): Promise<void> {
    await this.dom0.output(['xl', 'destroy', String(domain.domid)]);
    this.#forget(domain);
  }

  async #linuxDestroyed(domain: LinuxDomain): Promise<void> {
    await this.dom0.output(['xl', 'destroy', String(domain.domid)]);
    this.#forgetLinux(domain);
  }

  #forgetLinux(domain: LinuxDomain): void {
    this.#linux.splice(this.#linux.indexOf(domain), 1);
    this.#configs.delete(domain.name);
    this.#stage2.forget(domain.name);
  }

  #forget(domain: XlDomain): void {
    this.#living.splice(this.#living.indexOf(domain), 1);
    this.#configs.delete(domain.name);
    this.#domains.delete(domain.name);
    this.#stage2.forget(domain.name);
  }
}
