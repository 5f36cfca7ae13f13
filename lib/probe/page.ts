// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { MisuseError } from '../support/errors.ts';
import {
  type Bytes,
  type GuestAddress,
  guestAddressOf,
  hex,
  type HostAddress,
} from '../support/units.ts';
import type { Fields, ProbeClient } from './client.ts';
import { type Finding, histogramOf, type MessageHistogram, parseMismatches } from './finding.ts';
import { type MappedMemory, readMapping } from './mapped-memory.ts';
import { namePage, type PageFacts, type WriteLog, writeKey, type Writing } from './page-facts.ts';
import type { Stage2Page } from '../memory/stage2-map.ts';
import type { Stage2Source } from './stage2-source.ts';
import { describePattern, type Pattern } from './patterns.ts';
import { type AtomicKind, mailbox } from './protocol.ts';
import type { Abort } from './replies.ts';

/** Width of a single access in bytes; 16 is a pair of registers (LDP, STP). */
export type AccessWidth = 1 | 2 | 4 | 8 | 16;

/** What all pages of a domain have in common. */
export interface PageLinks {
  readonly client: ProbeClient;
  readonly writes: WriteLog;
  readonly stage2: Stage2Source;
}

/**
 * Memory as one domain sees it, through a mapping with one stage-1 attribute. Each method is one
 * architectural act of the guest: `write` never cleans, `clean` never writes.
 */
export class Page implements MappedMemory {
  readonly facts: PageFacts;
  readonly #links: PageLinks;
  readonly #vcpu: number;

  constructor(facts: PageFacts, links: PageLinks, vcpu = 0) {
    this.facts = facts;
    this.#links = links;
    this.#vcpu = vcpu;
  }

  get guestAddress(): GuestAddress {
    return this.facts.guestAddress;
  }

  get size(): Bytes {
    return this.facts.size;
  }

  /** Who the domain is, and where its console's file stands, for messages. */
  get who(): string {
    return this.#links.client.who;
  }

  get where(): string {
    return this.#links.client.where();
  }

  /** Who wrote last to the region, for messages. */
  get lastWrite(): Writing | undefined {
    return this.#links.writes.get(writeKey(this.facts));
  }

  /** The same memory through another mapping: an alias with another stage-1 attribute. */
  as(memory: Stage1Attribute): Page {
    return new Page({ ...this.facts, memory }, this.#links, this.#vcpu);
  }

  /** The same memory, accessed by another vCPU of the domain, which has to be started. */
  on(vcpu: number): Page {
    return new Page(this.facts, this.#links, vcpu);
  }

  /**
   * A part of it; patterns keep the region's offsets.
   * @throws MisuseError when the part is not within.
   */
  part(offset: Bytes, size: Bytes): Page {
    const { facts } = this;
    if (offset < 0 || size <= 0 || offset + size > facts.size)
      throw new MisuseError({
        who: namePage(facts),
        what: `part(${hex(offset)}, ${hex(size)}) is not within its ${hex(facts.size)} bytes`,
      });
    return new Page(
      {
        ...facts,
        guestAddress: guestAddressOf(facts.guestAddress + BigInt(offset)),
        hostAddress:
          facts.hostAddress === undefined
            ? undefined
            : ((facts.hostAddress + BigInt(offset)) as HostAddress),
        size,
        offset: facts.offset + offset,
      },
      this.#links,
      this.#vcpu,
    );
  }

  /** Of it, one 64-bit word in each `stride` bytes, the first one; for `write`, `check`, `sweep`. */
  every(stride: Bytes): Page {
    return new Page({ ...this.facts, stride }, this.#links, this.#vcpu);
  }

  /**
   * Each of its pages as Xen maps it for the domain now; undefined where nothing is mapped.
   * Needs `stage2-introspection`.
   */
  stage2(): Promise<readonly (Stage2Page | undefined)[]> {
    return readMapping(this.#links.stage2, this.facts);
  }

  /** Which domains have the frame at `hostAddress`, and where; for messages. */
  whose(hostAddress: bigint): Promise<string> {
    return this.#links.stage2.whose(hostAddress);
  }

  /** Stores the pattern, 64-bit word by word in ascending order. */
  async write(pattern: Pattern): Promise<void> {
    await this.#run(`fill ${this.#where()} ${this.#patternWords(pattern)}`);
    this.#log(describePattern(pattern));
  }

  /** Loads every 64-bit word once, in ascending order, in the guest, and compares. */
  async check(pattern: Pattern): Promise<Finding> {
    const fields = await this.#run(`check ${this.#where()} ${this.#patternWords(pattern)}`);
    const bad = fields.number('bad');
    return {
      page: this,
      pattern,
      words: fields.number('words'),
      bad,
      badLines: fields.number('lines'),
      badPages: fields.number('pages'),
      wholeLines: fields.number('whole'),
      first: bad === 0 ? undefined : fields.number('first'),
      last: bad === 0 ? undefined : fields.number('last'),
      mismatches: bad === 0 ? [] : parseMismatches(fields.text('at')),
    };
  }

  /** Loads every 64-bit word once, in ascending order, in the guest, and returns them. */
  async read(): Promise<BigUint64Array> {
    const words = new BigUint64Array(this.size / 8);
    for (let offset = 0; offset < this.size; offset += mailbox.windowSize) {
      const length = Math.min(mailbox.windowSize, this.size - offset);
      const at = hex(this.guestAddress + BigInt(offset));
      await this.#run(`dump ${at} ${hex(length)} ${this.facts.memory}`);
      const bytes = await this.#links.client.window(length);
      for (let word = 0; word < length; word += 8)
        words[(offset + word) / 8] = bytes.readBigUInt64LE(word);
    }
    return words;
  }

  /** One load of `width` bytes at byte `offset`. */
  async load(offset: Bytes, width: AccessWidth = 8): Promise<bigint> {
    const fields = await this.#run(`load ${hex(width)} ${this.#at(offset)}`);
    const low = fields.bigint('value');
    return width === 16 ? (fields.bigint('high') << 64n) | low : low;
  }

  /** One store of `width` bytes at byte `offset`. */
  async store(offset: Bytes, value: bigint, width: AccessWidth = 8): Promise<void> {
    const low = value & ((1n << 64n) - 1n);
    const words = width === 16 ? `${hex(low)} ${hex(value >> 64n)}` : hex(low);
    await this.#run(`store ${hex(width)} ${this.#at(offset)} ${words}`);
    this.#log(`a store of ${width} bytes`, offset, width);
  }

  /**
   * Tries a load (or a store of zero) and returns the abort that it took, or undefined if it
   * went through.
   */
  async probe(
    offset: Bytes,
    access: 'load' | 'store' = 'load',
    width: AccessWidth = 8,
  ): Promise<Abort | undefined> {
    const value = access === 'store' ? ' 0x0' : '';
    const command = `${access} ${hex(width)} ${this.#at(offset)}${value}`;
    const reply = await this.#links.client.request(command, { vcpu: this.#vcpu });
    if (reply.status === 'abort') return reply.abort;
    if (reply.status === 'ok') return undefined;
    throw new MisuseError({ who: this.#links.client.who, what: `"${command}": ${reply.reason}` });
  }

  /**
   * Tries an 8-byte load (or store of zero) at each of its words and counts how many took a data
   * abort there; the others went through, or took another abort.
   */
  async sweep(access: 'load' | 'store'): Promise<{ tried: number; aborted: number }> {
    const fields = await this.#long(
      `sweep ${this.#where()} ${access} ${hex(this.facts.stride ?? 8)}`,
    );
    return { tried: fields.number('tried'), aborted: fields.number('aborted') };
  }

  /** DC CVAC then DSB SY, or DC CVAU then DSB ISH, over the whole of it (Arm ARM D7.5.9). */
  async clean(to: 'PoC' | 'PoU' = 'PoC'): Promise<void> {
    await this.#run(`cache clean-${to.toLowerCase()} ${hex(this.guestAddress)} ${hex(this.size)}`);
  }

  /** DC CIVAC over the whole of it, then DSB SY (Arm ARM D7.5.9). */
  async cleanAndInvalidate(): Promise<void> {
    await this.#run(`cache clean-invalidate-poc ${hex(this.guestAddress)} ${hex(this.size)}`);
  }

  /** One atomic addition at byte `offset`; returns what was there. */
  async fetchAdd(
    offset: Bytes,
    value: bigint,
    kind: AtomicKind,
    width: AccessWidth = 8,
  ): Promise<bigint> {
    const fields = await this.#run(`add ${hex(width)} ${this.#at(offset)} ${hex(value)} ${kind}`);
    this.#log(`an atomic addition of ${width} bytes`, offset, width);
    return fields.bigint('old');
  }

  /** Adds 1 to the 64-bit word at byte `offset`, `times` times, atomically. */
  async count(offset: Bytes, times: number, kind: AtomicKind): Promise<void> {
    await this.#long(`count ${this.#at(offset)} ${hex(times)} ${kind}`);
    this.#log(`${times} atomic additions`, offset, 8);
  }

  /**
   * `times` times: takes the spin lock at byte `lock`, increments the word at byte `counter` by a
   * plain load and store, releases the lock.
   */
  async countUnderLock(
    lock: Bytes,
    counter: Bytes,
    times: number,
    kind: AtomicKind,
  ): Promise<void> {
    const at = (offset: Bytes): string => hex(this.guestAddress + BigInt(offset));
    await this.#long(`lock ${at(lock)} ${at(counter)} ${this.facts.memory} ${hex(times)} ${kind}`);
  }

  /** Sends `rounds` messages through a ring in this memory; see {@link Page.receive}. */
  async send(rounds: number, barriers = true): Promise<void> {
    await this.#long(`mp-send ${this.#where()} ${hex(rounds)}${barriers ? '' : ' nobarrier'}`);
  }

  /** Receives `rounds` messages and counts how their data was seen once their flag was. */
  async receive(rounds: number, barriers = true): Promise<MessageHistogram> {
    const fields = await this.#long(
      `mp-recv ${this.#where()} ${hex(rounds)}${barriers ? '' : ' nobarrier'}`,
    );
    return histogramOf(fields);
  }

  #log(what: string, offset: Bytes = 0, size: Bytes = this.size): void {
    const { domain, offset: start } = this.facts;
    this.#links.writes.set(writeKey(this.facts), { domain, what, offset: start + offset, size });
  }

  #patternWords(pattern: Pattern): string {
    const { offset, stride } = this.facts;
    const base = offset === 0 && stride === undefined ? '' : ` ${hex(offset)}`;
    return `${pattern.kind} ${hex(pattern.seed)}${base}${stride === undefined ? '' : ` ${hex(stride)}`}`;
  }

  #where(): string {
    return `${hex(this.guestAddress)} ${hex(this.size)} ${this.facts.memory}`;
  }

  #at(offset: Bytes): string {
    return `${hex(this.guestAddress + BigInt(offset))} ${this.facts.memory}`;
  }

  #run(command: string): Promise<Fields> {
    return this.#links.client.run(command, { vcpu: this.#vcpu });
  }

  #long(command: string): Promise<Fields> {
    return this.#links.client.run(command, { vcpu: this.#vcpu, budgetMs: 60_000 });
  }
}
