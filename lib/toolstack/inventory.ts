// SPDX-License-Identifier: Apache-2.0
import type { DomainMonitor } from '../boot/domain-monitor.ts';
import type { Stage2Reader } from '../boot/stage2-reader.ts';
import type { Domain } from '../probe/domain.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import type { XlConfig } from '../xen/xl-config.ts';
import { LinuxDomain } from './linux-domain.ts';
import type { XlDomain } from './xl-domain.ts';

/** The domains of a toolstack: those that were created and not destroyed. */
export class Inventory {
  /** With a probe in them that has answered. */
  readonly living: XlDomain[] = [];
  readonly linux: LinuxDomain[] = [];
  /** Of all: those that did not come up too. */
  readonly domids = new Set<number>();
  readonly configs = new Map<string, XlConfig>();
  /** Nonces of the probes, by the domain's name. */
  readonly runs = new Map<string, string>();
  /** Of domains that are gone too: what the console says of them is nobody else's. */
  readonly monitors: DomainMonitor[] = [];
  /** By which the stage-2 reader has a domain run. */
  readonly probes = new Map<string, Domain>();

  readonly #releases = new Map<number, () => Promise<void>>();
  #latest: number;

  /** `latest`: the highest domid that was seen before. */
  constructor(latest = 0) {
    this.#latest = latest;
  }

  /** The highest domid that was seen: Xen gives none again while it runs. */
  get latest(): number {
    return this.#latest;
  }

  /** A domain was created, or made anew. */
  add(domid: number): void {
    this.domids.add(domid);
    this.#latest = Math.max(this.#latest, domid);
  }

  /** That Xen made beside dom0 at boot, and that nobody destroys. */
  readonly booted = new Map<string, Domain>();

  addBooted(domains: readonly Domain[]): void {
    for (const domain of domains) {
      this.booted.set(domain.name, domain);
      this.probes.set(domain.name, domain);
      this.#latest = Math.max(this.#latest, domain.plan.domid);
    }
  }

  /** Whether one that Xen made at boot was asked to end: it comes only with another boot. */
  get bootedEnded(): boolean {
    return [...this.booted.values()].some(({ askedToEnd }) => askedToEnd !== undefined);
  }

  addLinux(domain: LinuxDomain, config: XlConfig): void {
    this.linux.push(domain);
    this.add(domain.domid);
    this.configs.set(domain.name, config);
  }

  /** Why another process could not go on with what is there; undefined where it could. */
  get whyNotLeft(): string | undefined {
    if (this.domids.size > 0) return `domains are there: d${[...this.domids].join(', d')}`;
    const spoilt = [...this.booted.values()].find(
      ({ askedToEnd, client }) => askedToEnd !== undefined || !client.keepsNothing,
    );
    if (spoilt === undefined) return undefined;
    const { name, askedToEnd } = spoilt;
    return askedToEnd === undefined
      ? `${name} was asked for what lasts, or did not answer`
      : `${name} was asked to end`;
  }

  /** As they were planned, for who reads their tables. */
  get plans(): PlannedDomain[] {
    return [...this.living, ...this.linux].map(({ plan }) => plan);
  }

  /** The youngest first: borrowers before their owners. */
  get youngestFirst(): number[] {
    return [...this.domids].sort((a, b) => b - a);
  }

  /** A domain whose probe has answered; `release` gives back what the host has of it. */
  adopt(domain: XlDomain, release: () => Promise<void>): void {
    this.living.push(domain);
    this.probes.set(domain.name, domain);
    this.#releases.set(domain.domid, release);
  }

  /** Gives back what the host has of a domain: it is not gone before that. */
  async release(domid: number): Promise<void> {
    const release = this.#releases.get(domid);
    this.#releases.delete(domid);
    await release?.();
  }

  /** Gives back what the host has of all of them. Returns what went wrong with one. */
  async releaseAll(): Promise<Error | undefined> {
    const all = await Promise.allSettled(
      [...this.#releases.keys()].map((one) => this.release(one)),
    );
    return all.find((one) => one.status === 'rejected')?.reason as Error | undefined;
  }

  /** A Linux has another domid since it rebooted. */
  rebooted({ domid, name }: LinuxDomain, before: number, stage2: Stage2Reader): void {
    this.domids.delete(before);
    this.add(domid);
    stage2.forget(name);
  }

  /** A domain is gone. */
  forget(domain: XlDomain | LinuxDomain, stage2: Stage2Reader): void {
    const list: (XlDomain | LinuxDomain)[] =
      domain instanceof LinuxDomain ? this.linux : this.living;
    const index = list.indexOf(domain);
    if (index >= 0) list.splice(index, 1);
    this.domids.delete(domain.domid);
    this.configs.delete(domain.name);
    this.probes.delete(domain.name);
    stage2.forget(domain.name);
  }

  /** All are gone. */
  forgetAll(stage2: Stage2Reader): void {
    for (const domain of [...this.living, ...this.linux]) this.forget(domain, stage2);
    this.domids.clear();
    this.configs.clear();
  }

  /** @throws what ended a domain that nobody ended, a Linux by its panic. */
  async checkHealth(): Promise<void> {
    for (const { askedToEnd, plan } of [...this.booted.values(), ...this.living])
      if (askedToEnd === undefined)
        this.monitors.find((monitor) => monitor.domain.domid === plan.domid)?.fate.check();
    await Promise.all(
      this.linux.filter(({ askedToPanic }) => !askedToPanic).map((domain) => domain.checkHealth()),
    );
  }
}
