// SPDX-License-Identifier: Apache-2.0
import { type MappedMemory, readMapping } from '../probe/mapped-memory.ts';
import type { PageFacts } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { type Bytes, type GuestAddress, guestAddressOf, hex } from '../support/units.ts';

/** Whose memory it is, and where. */
export interface DomainMemoryParts {
  readonly domain: string;
  /** Who that is, for messages. */
  readonly who: string;
  /** Where its console's file stands, for messages. */
  readonly where: string;
  readonly guestAddress: bigint;
  readonly size: Bytes;
  readonly stage2: Stage2Source;
}

/** Guest addresses of a domain without a probe, seen from outside alone. */
export class DomainMemory implements MappedMemory {
  readonly facts: PageFacts;
  readonly who: string;
  readonly where: string;
  readonly #stage2: Stage2Source;

  constructor({ domain, who, where, guestAddress, size, stage2 }: DomainMemoryParts) {
    this.who = who;
    this.where = where;
    this.#stage2 = stage2;
    this.facts = {
      domain,
      name: `guest address ${hex(guestAddress)}`,
      guestAddress: guestAddressOf(guestAddress),
      hostAddress: undefined,
      size,
      regionSize: size,
      // What Linux maps shared memory as, by the module of images/linux/shared-memory.
      memory: 'normal-write-back',
      role: undefined,
      offset: 0,
    };
  }

  get guestAddress(): GuestAddress {
    return this.facts.guestAddress;
  }

  get size(): Bytes {
    return this.facts.size;
  }

  stage2(): ReturnType<MappedMemory['stage2']> {
    return readMapping(this.#stage2, this.facts);
  }

  whose(hostAddress: bigint): Promise<string> {
    return this.#stage2.whose(hostAddress);
  }
}
