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
import { MisuseError } from '../support/errors.ts';
import { isDom0 } from '../xen/dom0.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { checkXlConfigs } from '../xen/xl-checks.ts';
import { printXlConfig, type XlConfig } from '../xen/xl-config.ts';
import { parseXenStorePaths, parseXlList, type XlListEntry } from '../xen/xl-output.ts';
import { type NamedHostMemory, planXlDomain, type ProbeConfig } from '../xen/xl-plan.ts';
import { awaitLinux, guestArguments, LinuxDomain } from './linux-domain.ts';
import { busyLoop, LinuxMemory, reservedFacts } from './linux-memory.ts';
import { refused, silent } from './create-errors.ts';
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

/** Destroys a domain, unless it is gone by itself: one that was told to end is. */
const destroyOne =
  'end() { said=$(xl destroy $1 2>&1) || ! xl domname $1 > /dev/null 2>&1 ||' +
  ' { echo "$said" >&2; exit 1; }; }';

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
  /** All that were created and not destroyed, whether or not they came up. */
  readonly #begun = new Set<number>();
  /** Domains are created one after the other: which one is new is told by its domid. */
  #turn: Promise<unknown> = Promise.resolve();
  #used = false;
  #occupied: Promise<unknown> | undefined;

  constructor(parts: ToolstackParts) {
    this.#parts = parts;
    this.dom0 = parts.dom0;
    const { board, dom0 } = parts;
    const [living, linux, first] = [this.#living, this.#linux, dom0.plan.domains.filter(isDom0)];
    const plan = {
      get domains(): readonly PlannedDomain[] {
        return [
          ...living.map((domain) => domain.plan),
          ...linux.map((domain) => domain.plan),
          ...first,
        ];
      },
    };
    this.#stage2 = new Stage2Reader({
      board,
      machine: dom0.machine,
      plan,
      domains: this.#domains,
      occupy: (name) => this.#occupy(name),
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
   * SubjectError when xl refuses, or the domain does not answer.
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
    const plan = planXlDomain(config, domid, this.#parts.hostMemory);
    const domain = new LinuxDomain({
      ...{ who, plan, dom0: this.dom0, stage2: this.#stage2 },
      destroyed: (gone) => this.#linuxDestroyed(gone),
    });
    this.#linux.push(domain);
    this.#configs.set(config.name, full);
    await awaitLinux(domain, options.budgetMs ?? 60_000);
    return domain;
  }

  /**
   * Reserved host memory as dom0 has it, as Xen maps it, for matchers on that.
   * @throws MisuseError for memory that is not reserved.
   */
  dom0Page(name: string): LinuxMemory {
    const { reserved } = this.dom0.plan;
    const { console } = this.dom0.machine;
    return new LinuxMemory(reservedFacts(reserved, name), {
      who: `${this.#parts.board} dom0`,
      where: () => console.transcript.files.lines,
      stage2: this.#stage2,
    });
  }

  async #occupy(name: string): Promise<void> {
    const linux = this.#linux.find((domain) => domain.name === name);
    this.#occupied ??= (
      linux?.output(busyLoop) ?? this.dom0.output(['sh', '-c', busyLoop])
    ).finally(() => (this.#occupied = undefined));
    await this.#occupied;
  }

  /** Creates a domain. Returns its domid. */
  #begin(config: XlConfig): Promise<number> {
    const turn = this.#turn.then(() => this.#beginNow(config));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #beginNow(config: XlConfig): Promise<number> {
    // The youngest domain has the highest domid: smaller than to start xl once more.
    const result = await this.xlCreate(config, ['&&', 'xenstore-list', '/local/domain']);
    const domids = [...result.stdout.matchAll(/^(\d+)$/gm)].map(([, domid]) => Number(domid));
    const domid = domids.length === 0 ? undefined : Math.max(...domids);
    if (result.code !== 0 || domid === undefined)
      throw refused(this.#parts.board, config.name, result);
    this.#begun.add(domid);
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
    const youngestFirst = [...this.#begun].sort((a, b) => b - a);
    const destroy = youngestFirst.map((domid) => `end ${domid}`);
    const script = [destroyOne, ...destroy, untilGone, 'xl list', 'xenstore-ls -f /'].join('; ');
    const said = await this.dom0.output(['sh', '-c', script]);
    this.#begun.clear();
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
      if (deadline.passed) throw silent(who, where(), deadline);
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
    this.#begun.delete(domain.domid);
    this.#linux.splice(this.#linux.indexOf(domain), 1);
    this.#configs.delete(domain.name);
    this.#stage2.forget(domain.name);
  }

  #forget(domain: XlDomain): void {
    this.#begun.delete(domain.domid);
    this.#living.splice(this.#living.indexOf(domain), 1);
    this.#configs.delete(domain.name);
    this.#domains.delete(domain.name);
    this.#stage2.forget(domain.name);
  }
}
