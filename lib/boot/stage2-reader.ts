// SPDX-License-Identifier: Apache-2.0
import type { PhysicalMemory, Processors, RunningMachine } from '../boards/board.ts';
import { Stage2Map } from '../memory/stage2-map.ts';
import { readRegime, type Stage2Regime } from '../memory/stage2-regime.ts';
import { type ReadTable, walkStage2 } from '../memory/stage2-walk.ts';
import type { Domain } from '../probe/domain.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../support/errors.ts';
import { hex, type HostAddress, hostAddressOf } from '../support/units.ts';
import type { PlannedDomain, SystemPlan } from '../xen/plan.ts';
import { askVmids } from './ask-vmids.ts';

/** How long the machine may take to show a domain's tables. */
const budgetMs = 5000;

/** The same for one that is occupied by a command, which is under way for longer. */
const occupiedBudgetMs = 20_000;

/** How long a domain keeps its CPU at a time, so that it is found on one, in microseconds. */
const spinUs = 10_000;

/** Where a domain's tables begin, and under which VMID it runs. */
interface Root {
  readonly vmid: number;
  readonly address: HostAddress;
}

interface AddressRange {
  readonly from: bigint;
  readonly size: bigint;
}

interface Parts {
  readonly board: string;
  readonly machine: RunningMachine;
  readonly plan: Pick<SystemPlan, 'domains'>;
  /** The domains that answer, by name. */
  readonly domains: ReadonlyMap<string, Domain>;
  /** Gives a domain without a probe something to do, so that it is found on a processor. */
  readonly occupy?: (name: string) => Promise<void>;
}

/**
 * Reads the domains' stage-2 tables out of a running machine: which VMID a domain has is asked of
 * Xen, where its tables begin is read from a processor that runs it, and the tables themselves from
 * physical memory while the processors stand still.
 */
export class Stage2Reader implements Stage2Source {
  readonly #parts: Parts;
  readonly #vmids = new Map<number, number>();
  readonly #roots = new Map<string, Root>();
  /** Where the tables of each VMID were seen to begin. */
  readonly #tables = new Map<number, Set<HostAddress>>();
  /** What was read last, by domain, for the report. */
  readonly seen = new Map<string, Stage2Map>();
  #regime: Stage2Regime | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async map(domain: string, range?: AddressRange): Promise<Stage2Map> {
    const probed = this.#parts.domains.has(domain);
    const deadline = Deadline.after(probed ? budgetMs : occupiedBudgetMs);
    const maps = await this.#look([domain], deadline, range);
    return maps.get(domain) ?? new Stage2Map([]);
  }

  /** All that several domains have mapped at one moment; of all of them by default. */
  maps(
    names: readonly string[] = this.#parts.plan.domains.map(({ name }) => name),
    deadline = Deadline.after(budgetMs),
  ): Promise<ReadonlyMap<string, Stage2Map>> {
    return this.#look(names, deadline);
  }

  async #look(
    names: readonly string[],
    deadline: Deadline,
    range?: AddressRange,
  ): Promise<ReadonlyMap<string, Stage2Map>> {
    const { processors, memory } = this.#eyes();
    await this.#findRoots(names, processors, deadline);
    const maps = await processors.whileStopped(deadline, () =>
      Promise.resolve(new Map(names.map((name) => [name, this.#read(name, memory, range)]))),
    );
    for (const [name, map] of maps) this.#remember(name, map);
    return maps;
  }

  #remember(name: string, map: Stage2Map): void {
    const before = this.seen.get(name)?.entries ?? [];
    const others = before.filter((entry) => map.entryAt(entry.guestAddress) === undefined);
    const all = [...others, ...map.entries];
    all.sort((a, b) => (a.guestAddress < b.guestAddress ? -1 : 1));
    this.seen.set(name, new Stage2Map(all));
  }

  /** Forgets what is known of a domain that is gone: another may have its name, or its VMID. */
  forget(domain: string): void {
    this.#roots.delete(domain);
    this.#vmids.clear();
    this.#tables.clear();
    this.seen.delete(domain);
  }

  async whose(hostAddress: bigint): Promise<string> {
    // A domain that cannot be looked at any more must not hide what the message is about.
    const maps = await this.maps().catch(() => undefined);
    const holders = [...(maps ?? this.seen)].flatMap(([name, map]) =>
      map.entries
        .filter((entry) => entry.hostAddress <= hostAddress)
        .filter((entry) => hostAddress < entry.hostAddress + entry.size)
        .map((entry) => {
          const guest = entry.guestAddress + (hostAddress - entry.hostAddress);
          return `${name} has it at guest address ${hex(guest)}`;
        }),
    );
    const told = holders.join(', ') || 'no domain has it';
    return maps === undefined ? `${told}, as far as could be read` : told;
  }

  #eyes(): { processors: Processors; memory: PhysicalMemory } {
    const { processors, memory } = this.#parts.machine;
    if (processors !== undefined && memory !== undefined) return { processors, memory };
    throw new MisuseError({
      who: this.#parts.board,
      what: 'cannot show its stage-2 tables',
      remedy: "say so in the specification: xenTest(spec, { requires: ['stage2-introspection'] })",
    });
  }

  #read(name: string, memory: PhysicalMemory, range?: AddressRange): Stage2Map {
    const root = this.#roots.get(name);
    if (root === undefined || this.#regime === undefined) return new Stage2Map([]);
    const read: ReadTable = (address, size) =>
      memory.ranges.some(
        ({ start, size: length }) => start <= address && address + BigInt(size) <= start + length,
      )
        ? memory.read(address, size)
        : undefined;
    return new Stage2Map(walkStage2(this.#regime, root.address, read, range));
  }

  #planned(name: string): PlannedDomain {
    const domain = this.#parts.plan.domains.find((candidate) => candidate.name === name);
    if (domain !== undefined) return domain;
    throw new MisuseError({ who: 'system', what: `has no domain ${name}` });
  }

  async #findRoots(
    names: readonly string[],
    processors: Processors,
    deadline: Deadline,
  ): Promise<void> {
    const wanted = (): string[] => names.filter((name) => !this.#roots.has(name));
    if (wanted().length === 0) return;
    await this.#askVmids(wanted(), deadline);
    await this.#lookAtProcessors(processors, deadline);
    // What is left after the search is for the last look, which must not end in the middle.
    const search = deadline.within(0.8 * deadline.leftMs);
    while (wanted().length > 0) {
      if (search.passed) throw await this.#notFound(wanted(), processors, deadline);
      await this.#lookWhileSpinning(wanted(), () => wanted().length === 0, processors, deadline);
    }
  }

  /** Lets domains spin, and looks meanwhile, until that is over or it is `enough`. */
  async #lookWhileSpinning(
    names: readonly string[],
    enough: () => boolean,
    processors: Processors,
    deadline: Deadline,
  ): Promise<void> {
    // A domain that is busy, or hangs, is on a processor without being asked.
    const spinning = names.map(async (name) => {
      const client = this.#parts.domains.get(name)?.client;
      await (
        client?.request(`spin ${hex(spinUs)}`, { budgetMs: 1000 }) ?? this.#parts.occupy?.(name)
      )?.catch(() => undefined);
    });
    const end = Deadline.after(spinUs / 1000);
    do {
      await pause(1);
      await this.#lookAtProcessors(processors, deadline);
    } while (!enough() && !end.passed);
    await deadline.bound(Promise.race([Promise.all(spinning), pause(50)]), () =>
      this.#late(names, deadline),
    );
  }

  /** Takes note of the tables of every domain that a processor runs now. */
  async #lookAtProcessors(processors: Processors, deadline: Deadline): Promise<void> {
    await processors.whileStopped(deadline, async (cpus) => {
      for (const cpu of cpus) {
        this.#regime ??= readRegime(await cpu.register('VTCR_EL2'));
        const vttbr = await cpu.register('VTTBR_EL2');
        const vmid = Number(vttbr >> 48n);
        // BADDR; bit 0 is CnP (Arm ARM D24.2.194).
        const address = hostAddressOf(vttbr & 0xffff_ffff_fffen);
        if (address !== 0n) this.#noteTables(vmid, address);
        for (const { name, domid } of this.#parts.plan.domains)
          if (this.#vmids.get(domid) === vmid && !this.#roots.has(name))
            this.#roots.set(name, { vmid, address });
      }
    });
  }

  #noteTables(vmid: number, address: HostAddress): void {
    this.#tables.set(vmid, (this.#tables.get(vmid) ?? new Set()).add(address));
  }

  /** Xen tells each domain's VMID on debug key q. */
  async #askVmids(names: readonly string[], deadline: Deadline): Promise<void> {
    const unknown = names
      .map((name) => [this.#planned(name).domid, name] as const)
      .filter(([domid]) => !this.#vmids.has(domid));
    if (unknown.length === 0) return;
    const told = await askVmids(this.#parts, new Map(unknown), deadline);
    for (const [domid, vmid] of told) this.#vmids.set(domid, vmid);
  }

  /** Why a search ended without `names`: domains that share a VMID are the subject's fault. */
  async #notFound(
    names: readonly string[],
    processors: Processors,
    deadline: Deadline,
  ): Promise<Error> {
    const all = this.#parts.plan.domains.map(({ name }) => name);
    await this.#lookWhileSpinning(all, () => false, processors, deadline);
    const common = [...this.#tables].find(([, tables]) => tables.size > 1);
    if (common === undefined) return this.#late(names, deadline);
    const [vmid, tables] = common;
    return new SubjectError({
      who: this.#parts.board,
      what: `several domains run with VMID ${vmid}, and use each other's TLB entries`,
      reached: `tables at ${[...tables].map((address) => hex(address)).join(', ')} were seen with it`,
      where: this.#parts.machine.console.transcript.files.lines,
      remedy: `Xen says (debug key q) that ${names.join(', ')} has VMID ${this.#vmidsOf(names)}`,
    });
  }

  #vmidsOf(names: readonly string[]): string {
    return names.map((name) => String(this.#vmids.get(this.#planned(name).domid))).join(', ');
  }

  #late(names: readonly string[], deadline: Deadline): EnvironmentError {
    return new EnvironmentError({
      who: this.#parts.board,
      what: `no processor was found running ${names.join(', ')} within ${Math.round(deadline.budgetMs)} ms`,
      reached: `VMID ${this.#vmidsOf(names)}; tables of ${[...this.#roots.keys()].join(', ') || 'no domain'} are known`,
      remedy: 'a domain that has ended runs no more: read its tables while it lives',
    });
  }
}
