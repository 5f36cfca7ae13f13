// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import type { Stage2Page } from '../memory/stage2-map.ts';
import { type MappedMemory, pagesOf } from '../probe/mapped-memory.ts';
import type { PageFacts } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { MisuseError } from '../support/errors.ts';
import { type Bytes, type GuestAddress, guestAddressOf, hex } from '../support/units.ts';
import { dom0Name } from '../xen/dom0.ts';
import type { SystemPlan } from '../xen/plan.ts';

/** What a domain with Linux in it has in common with all memory of its. */
export interface LinuxMemoryLinks {
  /** For messages, as of a page. */
  readonly who: string;
  readonly where: () => string;
  readonly stage2: Stage2Source;
}

/**
 * Memory of a domain with Linux in it, as Xen maps it. Its programs use it by our module, which maps
 * it Normal Write-Back.
 */
export class LinuxMemory implements MappedMemory {
  readonly facts: PageFacts;
  readonly #links: LinuxMemoryLinks;

  constructor(facts: PageFacts, links: LinuxMemoryLinks) {
    this.facts = facts;
    this.#links = links;
  }

  get guestAddress(): GuestAddress {
    return this.facts.guestAddress;
  }

  get size(): Bytes {
    return this.facts.size;
  }

  get who(): string {
    return this.#links.who;
  }

  get where(): string {
    return this.#links.where();
  }

  /** {@link MappedMemory.stage2} */
  stage2(): Promise<readonly (Stage2Page | undefined)[]> {
    return pagesOf(this.facts, this.#links.stage2);
  }

  /** {@link MappedMemory.whose} */
  whose(hostAddress: bigint): Promise<string> {
    return this.#links.stage2.whose(hostAddress);
  }
}

/** Memory of dom0 itself. */
export function dom0Memory(
  { board, dom0, stage2 }: { board: string; dom0: Dom0; stage2: Stage2Source },
  facts: PageFacts,
): LinuxMemory {
  const where = (): string => dom0.machine.console.transcript.files.lines;
  return new LinuxMemory(facts, { who: `${board} dom0`, where, stage2 });
}

/** Guest addresses of a domain, whatever is there. */
export function addressFacts(domain: string, address: bigint, size: Bytes): PageFacts {
  const guestAddress = guestAddressOf(address);
  return {
    ...{
      domain,
      name: `guest address ${hex(address)}`,
      guestAddress,
      hostAddress: undefined,
      size,
    },
    ...{ regionSize: size, memory: 'normal-write-back', role: undefined, offset: 0 },
  };
}

/**
 * Reserved host memory as dom0 has it: where it is.
 * @throws MisuseError for memory that is not reserved.
 */
export function reservedFacts(reserved: SystemPlan['reserved'], name: string): PageFacts {
  const memory = reserved.find((entry) => entry.name === name);
  if (memory === undefined)
    throw new MisuseError({
      who: dom0Name,
      what: `has no reserved memory ${name}`,
      remedy: `it has: ${reserved.map((entry) => entry.name).join(', ') || 'none'}`,
    });
  const { hostAddress, size } = memory;
  const guestAddress = guestAddressOf(hostAddress);
  return {
    ...{ domain: dom0Name, name, guestAddress, hostAddress, size, regionSize: size },
    ...{ memory: 'normal-write-back', role: undefined, offset: 0 },
  };
}
