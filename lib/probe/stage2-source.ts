// SPDX-License-Identifier: Apache-2.0
import type { Stage2Map } from '../memory/stage2-map.ts';

/** Where a domain's stage-2 tables are read from; only some boards have one. */
export interface Stage2Source {
  /**
   * All that a domain has mapped now in a range of its guest addresses.
   * @throws MisuseError on a board without `stage2-introspection`; EnvironmentError when the tables
   * cannot be read.
   */
  map(domain: string, range: { from: bigint; size: bigint }): Promise<Stage2Map>;
  /**
   * Which domains have the frame at `hostAddress`, and where; for messages. Where not all tables
   * can be read, it tells what those say that were read.
   */
  whose(hostAddress: bigint): Promise<string>;
}
