// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { Stage2Reader } from '../boot/stage2-reader.ts';
import type { Domain } from '../probe/domain.ts';
import type { WriteLog } from '../probe/page-facts.ts';
import { probeArguments } from '../probe/protocol.ts';
import type { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { type Bytes, PAGE } from '../support/units.ts';
import { dom0Name } from '../xen/dom0.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { checkXlConfigs } from '../xen/xl-checks.ts';
import { printXlConfig, type XlConfig } from '../xen/xl-config.ts';
import { leftBehind, parseXlList, type XlListEntry } from '../xen/xl-output.ts';
import { guestCpus, planXlDomain, type ProbeConfig } from '../xen/xl-plan.ts';
import { notRestarted, refused, stillThere } from './failures.ts';
import { addLinux, allThere, createdBy, findLinux, fullConfig } from './linux-domains.ts';
import { connectBooted, noneBooted } from './booted-domains.ts';
import { findProbe, type ProbeSearch } from './find-probe.ts';
import { Inventory } from './inventory.ts';
import { awaitLinux, type LinuxDomain } from './linux-domain.ts';
import { addressFacts, dom0Memory, type LinuxMemory, reservedFacts } from './linux-memory.ts';
import { Occupation } from './occupation.ts';
import { createScript, destroyScript, endedScript, restartedScript } from './scripts.ts';
import { type CreateOptions, destroyMs, type ToolstackParts, unbounded } from './options.ts';
import { XlDomain } from './xl-domain.ts';
import { youngest } from './youngest.ts';

/** Creates domains by `xl` in a Linux dom0, and sees what is left when they are gone. */
export class Toolstack {
  readonly dom0: Dom0;
  readonly #parts: ToolstackParts;
  readonly #there: Inventory;
  readonly #writes: WriteLog = new Map();
  readonly #stage2: Stage2Reader;
  /** Domains are created one after the other: which one is new is told by its domid. */
  #turn: Promise<unknown> = Promise.resolve();
  #until = unbounded;
  #used: boolean;

  private constructor(parts: ToolstackParts) {
    this.#parts = parts;
    this.dom0 = parts.dom0;
    const { board, dom0, latest } = parts;
    // What others did there is looked for as if it had been done here.
    this.#used = latest !== undefined;
    this.#there = new Inventory(latest);
    const [there, { domains }] = [this.#there, dom0.plan];
    const occupation = new Occupation(dom0, there);
    const plan = {
      get domains(): readonly PlannedDomain[] {
        return [...domains, ...there.plans];
      },
    };
    this.#stage2 = new Stage2Reader({
      board,
      machine: dom0.machine,
      plan,
      domains: there.probes,
      occupy: (name) => occupation.begin(name),
    });
    dom0.machine.console.transcript.onLine((line) => {
      for (const monitor of there.monitors) monitor.take(line);
    });
  }

  /**
   * The toolstack of a dom0, with the domains that were booted beside it.
   * @throws EnvironmentError when a probe of theirs is not there.
   */
  static async of(parts: ToolstackParts): Promise<Toolstack> {
    const toolstack = new Toolstack(parts);
    toolstack.#there.addBooted(await connectBooted(toolstack.#eyes));
    for (const { config, domid } of createdBy(parts.dom0)) toolstack.#addLinux(config, domid);
    return toolstack;
  }

  /**
   * A domain that Xen made beside dom0 at boot.
   * @throws MisuseError when the specification names none of that name.
   */
  booted(name: string): Domain {
    const { booted } = this.#there;
    return booted.get(name) ?? noneBooted(this.#parts.board, name, [...booted.keys()]);
  }

  /** Whether nobody ended a domain that Xen made at boot, or that dom0 created as it booted. */
  get whole(): boolean {
    return !this.#there.bootedEnded && allThere(this.dom0, this.#there);
  }

  /** The highest domid that was seen in this dom0, by earlier processes too: Xen gives none again. */
  get latest(): number {
    return this.#there.latest;
  }

  /** Why dom0 may not go on without this process, once all is destroyed; undefined where it may. */
  get whyNotLeft(): string | undefined {
    if (!allThere(this.dom0, this.#there)) return 'Linux domains that it created are destroyed';
    return this.#there.whyNotLeft;
  }

  /** Whatever is asked of `xl` ends by then: by the end of the test that asks. */
  useUntil(deadline: Deadline): void {
    this.#until = deadline;
  }

  /** The domains that were created and not destroyed, in that order. */
  get domains(): readonly XlDomain[] {
    return this.#there.living;
  }

  /**
   * Creates a domain with a memory probe in it and returns when the probe answers. Unless its
   * configuration says otherwise, it runs on the pCPUs that dom0 has not.
   * @throws MisuseError for a configuration that is wrong, before anything is created;
   * SubjectError when xl refuses, or the domain does not come up.
   */
  async create(config: ProbeConfig, options: CreateOptions = {}): Promise<XlDomain> {
    const run = randomBytes(4).toString('hex');
    const kernel = options.kernel ?? this.dom0.probePath;
    const extra = probeArguments(run, config.name);
    const full: XlConfig = { cpus: guestCpus(this.dom0.plan), ...config, kernel, extra };
    if (options.unchecked !== true) checkXlConfigs([...this.#there.configs.values(), full]);
    const from = this.dom0.machine.console.transcript.lines.length;
    const domid = await this.#begin(full);
    return this.#adopt(full, domid, run, from, options.budgetMs ?? 20_000);
  }

  /**
   * Has a domain reset itself and returns it as xl creates it anew, with another domid: xl does that
   * with `on_reboot="restart"`, its default.
   * @throws SubjectError when it does not come again.
   */
  async reboot(domain: XlDomain, budgetMs = 20_000): Promise<XlDomain> {
    const { name, domid } = domain;
    const config = this.#there.configs.get(name);
    const run = this.#there.runs.get(name);
    if (config === undefined || run === undefined)
      throw new MisuseError({ who: name, what: 'is not there, and cannot be reset' });
    const from = this.dom0.machine.console.transcript.lines.length;
    await domain.reset();
    await this.#there.release(domid);
    this.#there.forget(domain, this.#stage2);
    const script = restartedScript(name, domid, Math.ceil(budgetMs / 50));
    const { code, stdout } = await this.#ask(script);
    if (code !== 0)
      throw await notRestarted(this.dom0, { who: this.#who(name, domid), name, domid });
    this.#there.add(Number(stdout));
    return this.#adopt(config, Number(stdout), run, from, budgetMs);
  }

  /** Waits until xl has destroyed a domain that ended by itself, as its configuration says. */
  async untilEnded(domain: XlDomain, budgetMs = 20_000): Promise<void> {
    const { name, domid } = domain;
    await this.#there.release(domid);
    const { code } = await this.#ask(endedScript(name, Math.ceil(budgetMs / 50)));
    if (code !== 0) throw stillThere(this.#who(name, domid), budgetMs);
    this.#there.forget(domain, this.#stage2);
  }

  /** A domain that xl has created, once its probe answers. */
  async #adopt(
    config: XlConfig,
    domid: number,
    run: string,
    from: number,
    budgetMs: number,
  ): Promise<XlDomain> {
    const { name } = config;
    this.#there.configs.set(name, config);
    const plan = planXlDomain(config, domid, this.#parts.hostMemory);
    this.#there.runs.set(name, run);
    const deadline = this.#until.within(budgetMs);
    const { client, monitor, release } = await findProbe(this.#eyes, { plan, run, from }, deadline);
    const links = { client, writes: this.#writes, stage2: this.#stage2 };
    const domain = new XlDomain(plan, links, monitor.notes, (gone) => this.#destroyed(gone));
    this.#there.adopt(domain, release);
    return domain;
  }

  /**
   * Creates a domain with Linux in it, of the root file system that dom0's `guest` names, and
   * returns when it takes commands.
   * @throws MisuseError for a configuration that is wrong, before anything is created;
   * SubjectError when xl refuses, or the domain does not answer.
   */
  async createLinux(config: ProbeConfig, options: CreateOptions = {}): Promise<LinuxDomain> {
    const full = fullConfig(this.#parts, config);
    if (options.unchecked !== true) checkXlConfigs([...this.#there.configs.values(), full]);
    const domain = this.#addLinux(full, await this.#begin(full));
    await awaitLinux(domain, options.budgetMs ?? 60_000);
    return domain;
  }

  /**
   * A Linux domain that dom0 created as it booted.
   * @throws MisuseError when the specification names none of that name, or it was destroyed.
   */
  linux(name: string): LinuxDomain {
    return findLinux(this.#parts.board, name, this.#there);
  }

  #addLinux(config: XlConfig, domid: number): LinuxDomain {
    const [there, stage2] = [this.#there, this.#stage2];
    const destroyed = (gone: LinuxDomain): Promise<void> => this.#destroyed(gone);
    return addLinux({ ...this.#parts, there, stage2, destroyed }, config, domid);
  }

  /**
   * Reserved host memory as dom0 has it, as Xen maps it, for matchers on that.
   * @throws MisuseError for memory that is not reserved.
   */
  dom0Page(name: string): LinuxMemory {
    return dom0Memory(this.#eyes, reservedFacts(this.dom0.plan.reserved, name));
  }

  /** Guest addresses of dom0, which are host addresses, as Xen maps them. */
  dom0At(address: bigint, size: Bytes = PAGE): LinuxMemory {
    return dom0Memory(this.#eyes, addressFacts(dom0Name, address, size));
  }

  /** Creates a domain. Returns its domid. */
  #begin(config: XlConfig): Promise<number> {
    const turn = this.#turn.then(() => this.#beginNow(config));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #beginNow(config: XlConfig): Promise<number> {
    const result = await this.xlCreate(config, ['&&', 'xenstore-list', '/local/domain']);
    const domid =
      result.code === 0
        ? await youngest(config.name, result.stdout, this.#there.latest, (it) => this.#ask(it))
        : undefined;
    if (domid === undefined) throw refused(this.#parts.board, config.name, result);
    this.#there.add(domid);
    return domid;
  }

  /**
   * Runs `xl create` on any configuration, and returns how that ended.
   * `then` is added to the shell's command line.
   */
  async xlCreate(config: XlConfig, then: readonly string[] = []): Promise<CommandResult> {
    this.#used = true;
    return this.#ask(createScript(config.name, then), printXlConfig(config));
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
    if (!this.#used && this.#there.domids.size === 0) return [];
    const kept = await this.#there.releaseAll();
    const script = destroyScript(this.#there.youngestFirst, this.#there.booted.size);
    const said = await this.dom0.output(['sh', '-c', script], { timeoutMs: destroyMs });
    this.#there.forgetAll(this.#stage2);
    if (kept !== undefined) throw kept;
    return leftBehind(said, this.#there.booted.size);
  }

  /** @throws what ended dom0 or a domain that nobody ended, a Linux by its panic. */
  async checkHealth(): Promise<void> {
    this.dom0.machine.fate.check();
    await this.#there.checkHealth();
  }

  /** What the search for a probe needs. */
  get #eyes(): ProbeSearch {
    const { board, dom0 } = this.#parts;
    const { monitors } = this.#there;
    return { board, dom0, monitors, writes: this.#writes, stage2: this.#stage2 };
  }

  /** Runs a script in dom0, for as long as the test has. */
  #ask(script: string, input?: string): Promise<CommandResult> {
    const timeoutMs = Math.ceil(this.#until.leftMs);
    const options = { timeoutMs, ...(input !== undefined && { input }) };
    return this.dom0.run(['sh', '-c', script], options);
  }

  #who(name: string, domid: number): string {
    return `${this.#parts.board} domain ${name} (d${domid})`;
  }

  async #destroyed(domain: XlDomain | LinuxDomain): Promise<void> {
    await this.#there.release(domain.domid);
    await this.dom0.output(['xl', 'destroy', String(domain.domid)]);
    this.#there.forget(domain, this.#stage2);
  }
}
