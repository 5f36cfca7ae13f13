// SPDX-License-Identifier: Apache-2.0
import type { Stage2Page } from '../memory/stage2-map.ts';
import { alignDown, alignUp, type Bytes, type GuestAddress, PAGE } from '../support/units.ts';
import type { PageFacts } from './page-facts.ts';
import type { Stage2Source } from './stage2-source.ts';

/** Memory of a domain of which it can be told how Xen maps it, whatever runs in the domain. */
export interface MappedMemory {
  readonly facts: PageFacts;
  readonly guestAddress: GuestAddress;
  readonly size: Bytes;
  /** Who the domain is, and where its console's file stands, for messages. */
  readonly who: string;
  readonly where: string;
  /**
   * Each of its pages as Xen maps it for the domain now; undefined where nothing is mapped.
   * Needs `stage2-introspection`.
   */
  stage2(): Promise<readonly (Stage2Page | undefined)[]>;
  /** Which domains have the frame at `hostAddress`, and where; for messages. */
  whose(hostAddress: bigint): Promise<string>;
}

/** Each page of the memory as Xen maps it now; undefined where nothing is mapped. */
export async function pagesOf(
  { domain, guestAddress, size: length }: PageFacts,
  stage2: Stage2Source,
): Promise<readonly (Stage2Page | undefined)[]> {
  // A part of a page is in a page, too.
  const from = alignDown(guestAddress, PAGE);
  const size = alignUp(guestAddress + BigInt(length), PAGE) - from;
  const map = await stage2.map(domain, { from, size });
  return map.pages(from, Number(size));
}
