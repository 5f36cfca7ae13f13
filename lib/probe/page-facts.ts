// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { type Bytes, type GuestAddress, hex, type HostAddress, PAGE } from '../support/units.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import type { Pattern } from './patterns.ts';

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
  /** Bytes from one word to the next that `write` and `check` take. Default 8: every word. */
  readonly stride?: Bytes;
}

/** Everything that a domain shares by name, in the order of its plan. */
export function factsOf(domain: PlannedDomain): PageFacts[] {
  const common = { domain: domain.name, offset: 0 };
  return [
    ...domain.mappings.map(
      ({ region: { name, hostAddress, size }, guestAddress, memory, role }) => ({
        ...{ ...common, name, guestAddress, hostAddress, size, memory, role },
      }),
    ),
    ...domain.sram.map(({ sram: { name, hostAddress, size }, guestAddress, memory, by }) => ({
      ...{ ...common, name, guestAddress, hostAddress, size, memory, role: undefined, by },
    })),
  ];
}

/** Who last wrote which pattern to a region, as far as the harness was asked to. */
export type WriteLog = Map<string, { readonly domain: string; readonly pattern: Pattern }>;

/** `mailbox: 1 page at guest address 0x50000000, host address 0x60000000`. */
export function describePage(facts: PageFacts): string {
  const host = facts.hostAddress === undefined ? 'chosen by Xen' : hex(facts.hostAddress);
  const pages = facts.size / PAGE;
  return (
    `${facts.name}: ${pages} page${pages === 1 ? '' : 's'} at guest address ` +
    `${hex(facts.guestAddress)}, host address ${host}`
  );
}
