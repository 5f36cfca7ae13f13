// SPDX-License-Identifier: Apache-2.0
import type { Stage2Page } from '../memory/stage2-map.ts';
import { alignDown, alignUp, type Bytes, type GuestAddress, PAGE } from '../support/units.ts';
import type { PageFacts } from './page-facts.ts';
import type { Stage2Source } from './stage2-source.ts';

/** Guest addresses of a domain, whatever runs in it: what is judged by its stage-2 tables. */
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

/** Every page that `facts` touch, as Xen maps it now. */
export async function readMapping(
  source: Stage2Source,
  { domain, guestAddress, size }: PageFacts,
): Promise<readonly (Stage2Page | undefined)[]> {
  // A part of a page is in a page, too.
  const from = alignDown(guestAddress, PAGE);
  const whole = alignUp(guestAddress + BigInt(size), PAGE) - from;
  const map = await source.map(domain, { from, size: whole });
  return map.pages(from, Number(whole));
}
