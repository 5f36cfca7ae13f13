// SPDX-License-Identifier: Apache-2.0
import type { Stage2Page } from '../memory/stage2-map.ts';
import type { Bytes, GuestAddress } from '../support/units.ts';
import type { PageFacts } from './page-facts.ts';

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
