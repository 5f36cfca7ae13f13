// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';

/** What is known of a board's power. */
export type PowerState = 'on' | 'off' | 'unknown';

/** Switches a board's power. Errors are EnvironmentErrors, and never hold a secret. */
export interface PowerSwitch {
  /** `zcu102-a, power`. */
  readonly who: string;
  /** Turns it on, once it was off for long enough; returns when confirmed where that can be. */
  on(deadline: Deadline): Promise<void>;
  /** Turns it off; returns when confirmed where it can be read back. */
  off(deadline: Deadline): Promise<void>;
  /** What is read back; `unknown` where nothing can be. */
  state(deadline: Deadline): Promise<PowerState>;
}
