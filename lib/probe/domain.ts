// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, readBlob } from '../dt/index.ts';
import type { Abort } from './replies.ts';
import type { Stage1Attribute } from '../memory/attributes.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import { type Bytes, guestAddressOf, hex, PAGE } from '../support/units.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { EventChannel } from './event-channel.ts';
import { GrantTable } from './grant-table.ts';
import { histogramOf, type MessageHistogram } from './finding.ts';
import type { ProbeClient } from './client.ts';
import type { Notes } from './notes.ts';
import { Page, type PageLinks } from './page.ts';
import { factsOf } from './page-facts.ts';
import { mailbox } from './protocol.ts';

/** How long what a domain says may take to its console. */
const sayMs = 1000;

/** What a probe says of the CPU that it runs on. */
export interface CpuFacts {
  readonly midr: bigint;
  readonly mpidr: bigint;
  /** CTR_EL0, DCZID_EL0, ID_AA64ISAR0_EL1, ID_AA64MMFR0_EL1. */
  readonly ctr: bigint;
  readonly dczid: bigint;
  readonly isar0: bigint;
  readonly mmfr0: bigint;
  /** FEAT_LSE. */
  readonly lse: boolean;
  /** Smallest data cache line, in bytes. */
  readonly cacheLine: Bytes;
  /** XENVER_version: major in the high half, minor in the low. */
  readonly xenVersion: number;
}

/** How often a line is handed over, and whether with cache maintenance. */
export interface Exchanges {
  readonly rounds: number;
  /** Default false. */
  readonly maintain?: boolean | undefined;
}

/** A million rounds take minutes where caches are real. */
const patient = { budgetMs: 600_000 };

function exchangeCommand(
  verb: 'publish' | 'observe',
  page: Page,
  flags: Page,
  { rounds, maintain = false }: Exchanges,
): string {
  const where = `${hex(page.guestAddress)} ${hex(flags.guestAddress)} ${page.facts.memory}`;
  return `${verb} ${where} ${hex(rounds)}${maintain ? ' maintain' : ''}`;
}

/** A domain with a memory probe in it. `Region` and `Channel` are the names it may use. */
export class Domain<Region extends string = string, Channel extends string = string> {
  readonly plan: PlannedDomain;
  readonly client: ProbeClient;
  /** Pages that it lets others map, and those of others that it maps. */
  readonly grants: GrantTable;
  readonly #links: PageLinks;
  readonly #notes: Notes;
  #asked: string | undefined;

  constructor(plan: PlannedDomain, links: PageLinks, notes: Notes) {
    this.plan = plan;
    this.#notes = notes;
    this.client = links.client;
    this.grants = new GrantTable(links.client);
    this.#links = links;
  }

  get name(): string {
    return this.plan.name;
  }

  get domid(): number {
    return this.plan.domid;
  }

  /**
   * A region as this domain maps it; `index` chooses among several mappings of it.
   * @throws MisuseError when it does not map it.
   */
  page(region: Region, index = 0): Page {
    const shared = factsOf(this.plan);
    const facts = shared.filter((entry) => entry.name === region)[index];
    if (facts === undefined)
      throw new MisuseError({
        who: this.name,
        what: `does not map ${region}${index === 0 ? '' : ` ${index + 1} times`}`,
        remedy: `it maps: ${shared.map((entry) => entry.name).join(', ') || 'nothing'}`,
      });
    return new Page(facts, this.#links);
  }

  /** Any guest addresses, whether or not something is mapped there. */
  at(
    guestAddress: bigint,
    size: Bytes = PAGE,
    memory: Stage1Attribute = 'normal-write-back',
  ): Page {
    const name = `guest address ${hex(guestAddress)}`;
    const facts = { domain: this.name, name, size, regionSize: size, memory, offset: 0 };
    const nobodys = { hostAddress: undefined, role: undefined };
    const place = { ...facts, ...nobodys, guestAddress: guestAddressOf(guestAddress) };
    return new Page(place, this.#links);
  }

  /** This domain's end of a static event channel. */
  eventChannel(name: Channel): EventChannel {
    const channel = this.plan.eventChannels.find((entry) => entry.name === name);
    if (channel === undefined)
      throw new MisuseError({ who: this.name, what: `has no end of the event channel ${name}` });
    return new EventChannel(this.client, channel.port, this.plan.enhanced !== undefined);
  }

  /** Starts a further vCPU with PSCI CPU_ON; a no-op when it runs. */
  start(vcpu: number): Promise<void> {
    return this.client.start(vcpu);
  }

  /** What the probe reads of the CPU that the vCPU runs on. */
  async cpu(vcpu = 0): Promise<CpuFacts> {
    const fields = await this.client.run('cpu', { vcpu });
    return {
      midr: fields.bigint('midr'),
      mpidr: fields.bigint('mpidr'),
      ctr: fields.bigint('ctr'),
      dczid: fields.bigint('dczid'),
      isar0: fields.bigint('isar0'),
      mmfr0: fields.bigint('mmfr0'),
      lse: fields.number('lse') === 1,
      cacheLine: fields.number('dline'),
      xenVersion: fields.number('xen'),
    };
  }

  /** The device tree that Xen gave to the domain, as it lies in the domain's memory. */
  async deviceTree(): Promise<DeviceTree> {
    const parts: Buffer[] = [];
    for (let offset = 0, total = 1; offset < total; offset += mailbox.windowSize) {
      const fields = await this.client.run(`dtb ${hex(offset)}`);
      total = fields.number('total');
      parts.push(await this.client.window(fields.number('length')));
    }
    return readBlob(Buffer.concat(parts));
  }

  /**
   * TLBI VMALLE1IS: forgets all translations of this domain. QEMU keeps the type of memory of a
   * translation that an aligned access made, and then lets unaligned ones through.
   */
  async invalidateTlb(): Promise<void> {
    await this.client.run('tlbi');
  }

  /**
   * XENMEM_remove_from_physmap: Xen takes the mapping of that one page away from this domain, and
   * leaves the frame to whom it belongs.
   */
  async removeFromPhysmap(guestAddress: bigint): Promise<void> {
    await this.client.run(`remove-from-physmap ${hex(guestAddress)}`);
  }

  /**
   * XENMEM_add_to_physmap of shared_info: Xen maps that page of its own in place of `page`, which
   * the domain gives up. Returns its first word just before and just after: nothing else of the
   * domain runs between the two loads.
   */
  async replaceBySharedInfo(page: Page): Promise<{ before: bigint; after: bigint }> {
    const command = `map-shared-info ${hex(page.guestAddress)} ${page.facts.memory}`;
    const fields = await this.client.run(command);
    return { before: fields.bigint('before'), after: fields.bigint('after') };
  }

  /** Does nothing, and answers: the shortest round trip. */
  async ping(): Promise<void> {
    await this.client.run('ping');
  }

  /** PSCI SYSTEM_OFF; there is no answer to it. dom0's ends the machine (xen/common/shutdown.c). */
  powerOff(): Promise<void> {
    return this.#last('off');
  }

  /** PSCI SYSTEM_RESET; there is no answer to it. What comes then is the toolstack's to say. */
  reset(): Promise<void> {
    return this.#last('reset');
  }

  /** SCHEDOP_shutdown with the reason crash. */
  crash(): Promise<void> {
    return this.#last('crash');
  }

  /** The probe prints `text` as a panic and stops. */
  async panic(text: string): Promise<void> {
    this.#checkSpeech(text);
    await this.#last(`panic ${text}`);
  }

  /** An access that nobody expects: the probe prints the fault and stops. */
  fault(): Promise<void> {
    return this.#last('fault');
  }

  /** Spins for ever and answers nothing. */
  hang(): Promise<void> {
    return this.#last('hang');
  }

  /**
   * Branches to the code at a guest address, through an alias that the probe maps executable, and
   * returns x0 as the code left it, or the abort that the fetch took. The vCPU invalidates its
   * instruction cache first; the code has to be clean to the point of unification.
   * @throws SubjectError when neither comes: Xen handles the permission fault of a page that it
   * maps execute-never by letting the guest try again, for ever.
   */
  async execute(guestAddress: bigint, budgetMs = 1000): Promise<bigint | Abort> {
    const command = `exec ${hex(guestAddress)}`;
    const reply = await this.client.request(command, { budgetMs });
    if (reply.status === 'abort') return reply.abort;
    if (reply.status === 'ok') return BigInt(reply.fields.get('result') ?? '0');
    throw new MisuseError({ who: this.client.who, what: `"${command}": ${reply.reason}` });
  }

  /**
   * `rounds` times: fills the first line of `page` with the number of the round, cleans it to the
   * point of coherency if asked to, tells so through `flags` and waits until that is acknowledged by
   * {@link Domain.observe}. `flags` is used Normal Non-cacheable, and begins as zeros.
   */
  async publish(page: Page, flags: Page, exchanges: Exchanges): Promise<void> {
    await this.client.run(exchangeCommand('publish', page, flags, exchanges), patient);
  }

  /**
   * The other side of {@link Domain.publish}: counts how the line was seen once each flag was. If
   * asked to, it cleans and invalidates the line before it looks.
   */
  async observe(page: Page, flags: Page, exchanges: Exchanges): Promise<MessageHistogram> {
    const command = exchangeCommand('observe', page, flags, exchanges);
    return histogramOf(await this.client.run(command, patient));
  }

  /**
   * The domain writes `text` to its console; returns when it has come there.
   * @throws MisuseError for what is no line of printable ASCII; SubjectError when it does not come:
   * the console is lost, or silent.
   */
  async say(text: string): Promise<void> {
    this.#checkSpeech(text);
    const from = this.#notes.count;
    await this.client.run(`say ${text}`);
    const deadline = Deadline.after(sayMs);
    while (!this.#notes.heard(text, from)) {
      if (deadline.passed) throw await this.#silence(text);
      await pause(1);
    }
  }

  /** A record is one line: a line's end within it would be two damaged ones. */
  #checkSpeech(text: string): void {
    if (/^[\x20-\x7e]*$/.test(text)) return;
    throw new MisuseError({
      who: this.name,
      what: `cannot say ${JSON.stringify(text)}: only printable ASCII, on one line`,
    });
  }

  /** What to say of words that did not come; rejects with the cause if the domain has ended. */
  async #silence(text: string): Promise<SubjectError> {
    await this.ping();
    return new SubjectError({
      who: this.client.who,
      what: `answers, but its console is silent: "${text}" did not come within ${sayMs} ms`,
      where: this.client.where(),
      remedy: 'the probe mutes its console when it is told `mute`; else the console loses lines',
    });
  }

  /** How the domain was asked to end, if it was: its end is then no fault. */
  get askedToEnd(): string | undefined {
    return this.#asked;
  }

  /** Sends what is not answered: waits only until the probe has begun with it. */
  async #last(command: string): Promise<void> {
    this.#asked = command;
    await this.client.post(command);
  }
}
