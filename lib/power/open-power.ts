// SPDX-License-Identifier: Apache-2.0
import type { Secrets } from '../host/secrets.ts';
import type { PowerSpec } from './power-spec.ts';
import type { PowerSwitch } from './power-switch.ts';

/** What a switch needs besides its specification. */
export interface PowerOptions {
  /** Where the last confirmed off is kept, across runs and processes. */
  readonly stateDirectory: string;
  readonly secrets: Secrets;
}

/** The switch of one board. `who` is the board's name; its file in the state directory too. */
export function openPower(who: string, spec: PowerSpec, options: PowerOptions): PowerSwitch {
  throw new Error(`${who}: ${spec.kind} switches are not there yet (${options.stateDirectory})`);
}
