// SPDX-License-Identifier: Apache-2.0
import type { Observed } from './observe.ts';

/** What a generated configuration was, and what came of it. */
export interface Seen extends Observed {
  /** Undefined where nothing is wrong. */
  readonly mistake: string | undefined;
}

/** Tries generated configurations, one after the other. */
export interface Observer {
  /**
   * The configuration of that number.
   * @param evidence directory for what it leaves.
   * @throws EnvironmentError for what the host or the board lacks: that is no observation.
   */
  observe(index: number, evidence: string): Promise<Seen>;
  /** Ends what goes on between configurations. Idempotent. */
  dispose(): Promise<void>;
}
