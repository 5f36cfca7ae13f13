// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import type { Dom0 } from '../boot/dom0.ts';
import type { DomainMonitor } from '../boot/domain-monitor.ts';
import { Stage2Reader } from '../boot/stage2-reader.ts';
import { Stage2Map } from '../memory/stage2-map.ts';
import type { Domain } from '../probe/domain.ts';
import { Deadline } from '../support/deadline.ts';
import { busyLoop } from '../toolstack/occupation.ts';
import type { ProbeSearch } from '../toolstack/find-probe.ts';
import { LinuxEventChannel } from '../toolstack/linux-event-channel.ts';
import { dom0Name, isDom0 } from '../xen/dom0.ts';
import type { PlannedDomain, PlannedMapping, SystemPlan } from '../xen/plan.ts';
import { sramFile } from '../xen/sram-tree.ts';
import { faultsOfHealth } from './boot-faults.ts';
import { probeSignals } from './channels.ts';
import { createXl, meetProbe, silence } from './create-xl.ts';
import { dom0End, type Dom0Region, type End, partOf, probeEnd, readRegions } from './ends.ts';
import type { Trialled } from './examine.ts';
import { lookAtStage2 } from './look-at-stage2.ts';
import { planMapping } from './plan-mapping.ts';
import type { SramPlaces } from './place-sram.ts';
import { placedParty } from './plan-passed.ts';
import type { Replacement } from './rewrite-xl.ts';
import type { Party, Sharing } from './sharings.ts';
import type { SignalEnd } from './signals.ts';
import type { TrialSystem } from './subject.ts';
import type { TrialFault } from './verdict.ts';
import type { XlTrialPlan } from './xl-plan.ts';

/** How long all domains may take to be found on a processor, the emulated Linux too. */
const lookMs = 30_000;

/** Domains in a dom0 that is up: those that Xen made beside it, and those that xl creates. */
export class XlRun {
  readonly replaced: Replacement[] = [];
  readonly #board: Board;
  readonly #dom0: Dom0;
  readonly #system: TrialSystem;
  readonly #planned: XlTrialPlan;
  readonly #sharings: readonly Sharing[];
  readonly #monitors: DomainMonitor[] = [];
  /** By their names; those whose probe has answered. */
  readonly #domains = new Map<string, Domain>();
  readonly #search: ProbeSearch;
  readonly #stage2: Stage2Reader;
  readonly #forget: () => void;

  constructor(
    board: Board,
    dom0: Dom0,
    system: TrialSystem,
    planned: XlTrialPlan,
    sharings: readonly Sharing[],
  ) {
    this.#board = board;
    this.#dom0 = dom0;
    this.#system = system;
    this.#planned = planned;
    this.#sharings = sharings;
    const view = (): PlannedDomain[] => this.#view();
    this.#stage2 = new Stage2Reader({
      board: board.name,
      machine: dom0.machine,
      plan: {
        get domains(): readonly PlannedDomain[] {
          return view();
        },
      },
      domains: this.#domains,
      occupy: async () => {
        await dom0.output(['sh', '-c', busyLoop]);
      },
    });
    this.#search = {
      ...{ board: board.name, dom0, monitors: this.#monitors },
      ...{ writes: new Map(), stage2: this.#stage2 },
    };
    this.#forget = dom0.machine.console.transcript.onLine((line) => {
      for (const monitor of this.#monitors) monitor.take(line);
    });
  }

  get #places(): SramPlaces {
    return this.#planned.passed.places;
  }

  /** Hears no more of dom0, which may go on. */
  dispose(): void {
    this.#forget();
  }

  /** Meets the domains that are there and creates the others. Returns what is wrong with them. */
  async bringUp(): Promise<TrialFault[]> {
    const faults: TrialFault[] = [];
    for (const plan of this.#dom0.plan.domains.filter((one) => !isDom0(one))) {
      const where = this.#system.host?.domains.find(({ name }) => name === plan.name)?.where;
      try {
        const sought = { run: this.#dom0.probeRun, from: 0 };
        this.#domains.set(plan.name, await meetProbe(this.#search, plan, sought));
      } catch (error) {
        faults.push(silence(plan.name, where ?? { file: '' }, error));
      }
    }
    const { domains } = this.#planned;
    const creation = {
      ...{ system: this.#system, search: this.#search, sharings: this.#sharings },
      places: this.#places,
    };
    for (const one of domains) {
      const { domain, fault, replaced } = await createXl(creation, one);
      this.replaced.push(...replaced);
      if (domain !== undefined) this.#domains.set(one.name, domain);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  /** The end of an event channel that a domain has, dom0's Linux too; why there is none. */
  signals(name: string, port: number): SignalEnd | string {
    if (name === dom0Name) return new LinuxEventChannel(this.#dom0, port);
    return probeSignals(this.#domains.get(name), name, port);
  }

  /** What ended Xen, dom0 or a domain. */
  health(): TrialFault[] {
    return faultsOfHealth(() => {
      this.#dom0.machine.fate.check();
      for (const { domain, fate } of this.#monitors)
        if (this.#domains.has(domain.name)) fate.check();
    });
  }

  /** The system as it is tried. */
  async trialled(): Promise<Trialled> {
    const regions = this.#ofDom0().length === 0 ? [] : await this.#regions();
    const look = {
      plan: this.#viewPlan(),
      maps: () => this.#maps(),
      commonDevices: this.#board.layout.commonDevices(this.#dom0.plan.machine),
      ended: () => this.health().length > 0,
    };
    const shown = this.#board.capabilities.has('stage2-introspection');
    return {
      endOf: (party, offset, size) => this.#endOf(party, offset, size, regions),
      differences: (sharings) => (shown ? lookAtStage2(look, sharings) : Promise.resolve([])),
    };
  }

  /** The domains as they are, and what they have mapped. */
  async shown(): Promise<{ plan: SystemPlan; maps: ReadonlyMap<string, Stage2Map> }> {
    return { plan: this.#viewPlan(), maps: await this.#maps() };
  }

  #endOf(party: Party, offset: bigint, size: bigint, regions: readonly Dom0Region[]): End | string {
    const part = partOf(placedParty(party, this.#places), offset, size);
    if (party.domain !== dom0Name) {
      const domain = this.#domains.get(party.domain);
      if (domain === undefined) return `${party.domain} is not up`;
      // dom0 looks at each word of a region.
      return probeEnd(domain, part, { whole: regions.length > 0 });
    }
    const { guestAddress } = part;
    const region = regions.find(
      (one) =>
        one.start <= guestAddress && guestAddress + BigInt(part.size) <= one.start + one.size,
    );
    return region === undefined
      ? 'dom0’s Linux is told of no memory there: that is a node with compatible "mmio-sram", or "xen,shared-memory-v1" and a "xen,id" in /reserved-memory'
      : dom0End(this.#dom0, region, part);
  }

  /** What programs of dom0's have: reserved memory by our module, SRAM by the kernel's driver. */
  async #regions(): Promise<Dom0Region[]> {
    const banks = this.#places.places.flatMap(({ sram }) =>
      sram.exported
        ? [{ id: sramFile(sram), start: sram.hostAddress, size: BigInt(sram.size) }]
        : [],
    );
    return [...readRegions(await this.#dom0.output(['shm', 'list'])), ...banks];
  }

  /** dom0's parts of sharings. */
  #ofDom0(): PlannedMapping[] {
    return this.#sharings.flatMap(({ id, parties }) =>
      parties
        .filter(({ domain }) => domain === dom0Name)
        .map((party) => planMapping(id, placedParty(party, this.#places), 0n)),
    );
  }

  /** The domains as they are looked at: of dom0 what it shares. */
  #view(): PlannedDomain[] {
    const dom0 = this.#dom0.plan.domains.filter(isDom0);
    return [
      ...dom0.map((plan) => ({ ...plan, memory: 0, mappings: this.#ofDom0() })),
      ...[...this.#domains.values()].map(({ plan }) => plan),
    ];
  }

  #viewPlan(): SystemPlan {
    const domains = this.#view();
    const all = domains.flatMap(({ mappings }) => mappings.map(({ region }) => region));
    const regions = new Map(all.map((region) => [region.name, region]));
    return { ...this.#dom0.plan, regions: [...regions.values()], reserved: [], domains };
  }

  /** All that the domains have mapped, and of dom0 what it shares: it maps pages of others too. */
  async #maps(): Promise<ReadonlyMap<string, Stage2Map>> {
    const names = [...this.#domains.keys()];
    const maps = new Map(await this.#stage2.maps(names, Deadline.after(lookMs)));
    const shared = this.#ofDom0();
    if (shared.length === 0) return maps;
    const parts: Stage2Map[] = [];
    for (const { guestAddress: from, region } of shared) {
      // A block of dom0's has memory around it too, which others share among themselves.
      const size = BigInt(region.size);
      parts.push((await this.#stage2.map(dom0Name, { from, size })).within(from, size));
    }
    return maps.set(dom0Name, new Stage2Map(parts.flatMap(({ entries }) => [...entries])));
  }
}
