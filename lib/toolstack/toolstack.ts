// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { DomainMonitor } from '../boot/domain-monitor.ts';
import { Stage2Reader } from '../boot/stage2-reader.ts';
import { ProbeClient } from '../probe/client.ts';
import type { Domain } from '../probe/domain.ts';
import { findMailbox, MailboxLink } from '../probe/mailbox-link.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import { probeArguments } from '../probe/protocol.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../support/errors.ts';
import { isDom0 } from '../xen/dom0.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { checkXlConfigs } from '../xen/xl-checks.ts';
import { printXlConfig, type XlConfig } from '../xen/xl-config.ts';
import { parseXenStorePaths, parseXlList, type XlListEntry } from '../xen/xl-output.ts';
import { type NamedHostMemory, planXlDomain, type ProbeConfig } from '../xen/xl-plan.ts';
import { awaitLinux, guestArguments, LinuxDomain } from './linux-domain.ts';
import { XlDomain } from './xl-domain.ts';

/** What a toolstack works with. */
export interface ToolstackParts {
  /** The board's name, for messages. */
  readonly board: string;
  readonly dom0: Dom0;
  /** Told what the board lacks for a domain with a probe, before one is created in vain. */
  readonly lacking?: ((capability: string) => void) | undefined;
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

/** A domain is destroyed once its last page is free, a little later: at most two seconds. */
const untilGone =
  "tries=0; while xl list | grep -q '^(null)' && [ $tries -lt 100 ]; " +
  'do tries=$((tries + 1)); usleep 20000; done';

/** Whether a path of XenStore is of one domain that is not dom0, or of what domains share. */
const isOfDomain = (path: string): boolean =>
  /^\/(local\/domain\/[1-9]|libxl\/[1-9]|libxl\/static_shm\/.|vm\/(?!0{8}-))/.test(path);

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
  #used = false;

  constructor(parts: ToolstackParts) {
    this.#parts = parts;
    this.dom0 = parts.dom0;
    const living = this.#living;
    const plan = {
      get domains(): readonly PlannedDomain[] {
        return living.map((domain) => domain.plan);
      },
    };
    const { board, dom0 } = parts;
    this.#stage2 = new Stage2Reader({
      board,
      machine: dom0.machine,
      plan,
      domains: this.#domains,
    });
    dom0.machine.console.transcript.onLine((line) => {
      for (const monitor of this.#monitors) monitor.take(line);
    });
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
    // xl's domains have no console that the host can type on.
    if (this.dom0.machine.memory === undefined) this.#parts.lacking?.('physical-memory');
    const run = randomBytes(4).toString('hex');
    const kernel = this.dom0.probePath;
    const extra = probeArguments(run, config.name);
    const full: XlConfig = { cpus: this.#guestCpus(), ...config, kernel, extra };
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
    const cpus = this.#guestCpus();
    const full: XlConfig = { cpus, ...config, ...guestPaths, extra: guestArguments };
    if (options.unchecked !== true) checkXlConfigs([...this.#configs.values(), full]);
    const domid = await this.#begin(full);
    const who = `${this.#parts.board} domain ${config.name} (d${domid})`;
    const domain = new LinuxDomain({
      ...{ who, name: config.name, domid, dom0: this.dom0 },
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
    if (result.code !== 0 || domid === undefined) throw this.#refused(config.name, result);
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
    const destroy = living.map(({ domid }) => `xl destroy ${domid} || exit`);
    const script = [...destroy, untilGone, 'xl list', 'xenstore-ls -f /'].join('; ');
    const said = await this.dom0.output(['sh', '-c', script]);
    for (const domain of [...this.#living]) this.#forget(domain);
    for (const domain of [...this.#linux]) this.#forgetLinux(domain);
    const domains = parseXlList(said).filter(({ domid }) => domid !== 0);
    return [
      ...domains.map(({ name, domid, state }) => `domain ${name} (d${domid}), state "${state}"`),
      ...parseXenStorePaths(said)
        .filter(isOfDomain)
        .map((path) => `XenStore ${path}`),
    ];
  }

  /** @throws what ended dom0 or a domain that nobody ended. */
  checkHealth(): void {
    this.dom0.machine.fate.check();
    for (const domain of this.#living)
      if (domain.askedToEnd === undefined)
        this.#monitors.find((monitor) => monitor.domain.domid === domain.domid)?.fate.check();
  }

  /** The pCPUs that dom0 has not, as `cpus` takes them; all of them if there are none. */
  #guestCpus(): string {
    const { machine, domains } = this.dom0.plan;
    const first = domains.find(isDom0)?.vcpus ?? 0;
    return first < machine.cpus ? `${first}-${machine.cpus - 1}` : 'all';
  }

  async #connect(
    plan: PlannedDomain,
    monitor: DomainMonitor,
    run: string,
    deadline: Deadline,
  ): Promise<XlDomain> {
    const { board, dom0 } = this.#parts;
    const { machine } = dom0;
    const { fate, notes } = monitor;
    machine.fate.onDoom((error) => {
      fate.doom(error);
    });
    const { memory } = machine;
    if (memory === undefined)
      throw new MisuseError({ who: board, what: 'has no memory by which a probe is reached' });
    const who = `${board} domain ${plan.name} (d${plan.domid})`;
    const { transcript } = machine.console;
    const where = (): string => `${transcript.files.lines}:${transcript.lines.length}`;
    let address = findMailbox(memory, run, plan.name, 'in-blocks');
    while (address === undefined) {
      fate.check();
      if (deadline.passed) throw this.#silent(who, where(), deadline);
      await pause(2);
      address = findMailbox(memory, run, plan.name, 'in-blocks');
    }
    const link = new MailboxLink(who, memory, address, fate);
    const client = new ProbeClient(plan, who, link, where);
    const links = { client, writes: this.#writes, stage2: this.#stage2 };
    const domain = new XlDomain(plan, links, notes, (gone) => this.#destroyed(gone));
    this.#living.push(domain);
    this.#domains.set(plan.name, domain);
    return domain;
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
  }

  #forget(domain: XlDomain): void {
    this.#living.splice(this.#living.indexOf(domain), 1);
    this.#configs.delete(domain.name);
    this.#domains.delete(domain.name);
    this.#stage2.forget(domain.name);
  }

  #refused(name: string, { code, signal, stdout, stderr }: CommandResult): SubjectError {
    const end = signal === undefined ? `exit code ${String(code)}` : `signal SIG${signal}`;
    return new SubjectError({
      who: `${this.#parts.board} dom0`,
      what: `\`xl create\` of ${name} ended with ${end}`,
      lastSeen: `${stdout}${stderr}`.trim(),
      where: `/var/log/xen/xl-${name}.log in dom0`,
    });
  }

  #silent(who: string, where: string, deadline: Deadline): EnvironmentError {
    return new EnvironmentError({
      who,
      what: `was created, and its probe did not show itself within ${Math.round(deadline.budgetMs)} ms`,
      where,
      remedy: 'see in `xl list` whether it runs, and in /var/log/xen what its console said',
    });
  }
}
