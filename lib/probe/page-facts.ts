// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { type Bytes, type GuestAddress, hex, type HostAddress, PAGE } from '../support/units.ts';
import { countText } from '../support/wording.ts';
import type { PlannedDomain } from '../xen/plan.ts';

/** What a page is known by, besides the address. */
export interface PageFacts {
  readonly domain: string;
  /** The region's name, or what the address was called. */
  readonly name: string;
  readonly guestAddress: GuestAddress;
  readonly hostAddress: HostAddress | undefined;
  readonly size: Bytes;
  readonly memory: Stage1Attribute;
  readonly role: 'owner' | 'borrower' | undefined;
  /** The property of the partial device tree that maps it, for host memory given as a device. */
  readonly by?: 'xen,reg' | 'xen,reg-cacheable' | undefined;
  /** Byte offset of this part in its region. */
  readonly offset: Bytes;
  /** Of the whole region that it is a part of. */
  readonly regionSize: Bytes;
  /** Bytes from one word to the next that `write` and `check` take. Default 8: every word. */
  readonly stride?: Bytes;
}

/** Everything that a domain shares by name, in the order of its plan. */
export function factsOf(domain: PlannedDomain): PageFacts[] {
  const common = { domain: domain.name, offset: 0 };
  return [
    ...domain.mappings.map(
      ({ region: { name, hostAddress, size }, guestAddress, memory, role }) => ({
        ...{ ...common, name, guestAddress, hostAddress, size, regionSize: size, memory, role },
      }),
    ),
    ...domain.sram.map(({ sram: { name, hostAddress, size }, guestAddress, memory, by }) => ({
      ...{ ...common, name, guestAddress, hostAddress, size, regionSize: size },
      ...{ memory, role: undefined, by },
    })),
  ];
}

/** What was last written: who did it, and what, for people. */
export interface Writing {
  readonly domain: string;
  /** `address pattern, seed 0x1`, `a store of 8 bytes`. */
  readonly what: string;
  readonly offset: Bytes;
  readonly size: Bytes;
}

/** The last writing to each region, as far as the harness was asked to. */
export type WriteLog = Map<string, Writing>;

/** What a writing is kept under: a region by its name, another address by who sees it there. */
export function writeKey({ domain, name, regionSize }: PageFacts): string {
  return name.startsWith('guest address') ? `${domain} ${name} ${regionSize}` : name;
}

/** `owner.page('mailbox')`, with the part of it and the words of it that are meant. */
export function namePage(facts: PageFacts): string {
  const { domain, name, guestAddress, offset, size, regionSize, stride } = facts;
  const whole = name.startsWith('guest address')
    ? `${domain}.at(${hex(guestAddress - BigInt(offset))})`
    : `${domain}.page('${name}')`;
  const part = size === regionSize ? '' : `.part(${hex(offset)}, ${hex(size)})`;
  return `${whole}${part}${stride === undefined ? '' : `.every(${hex(stride)})`}`;
}

/** `mailbox: 1 page at guest address 0x50000000, host address 0x60000000`. */
export function describePage(facts: PageFacts): string {
  const host = facts.hostAddress === undefined ? 'chosen by Xen' : hex(facts.hostAddress);
  const pages = facts.size / PAGE;
  const size = Number.isInteger(pages) ? countText(pages, 'page') : `${facts.size} bytes`;
  return (
    `${facts.name}: ${size} at guest address ` + `${hex(facts.guestAddress)}, host address ${host}`
  );
}
