// SPDX-License-Identifier: Apache-2.0
import type { Secrets } from '../host/secrets.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { StatePatterns } from './power-spec.ts';
import type { PowerState } from './power-switch.ts';

/** What was read back, and the text that says so. */
export interface PowerReading {
  readonly state: PowerState;
  readonly seen: string;
}

/** What throws the switch: no memory, no waiting. One a kind. */
export interface Actuator {
  /** What is done by hand to try it: without a secret. */
  readonly byHand: (on: boolean) => string;
  set(on: boolean, deadline: Deadline): Promise<void>;
  /** Undefined, or giving undefined, where nothing can be read back. */
  readonly read: ((deadline: Deadline) => Promise<PowerReading | undefined>) | undefined;
}

/** What a kind of switch is made of. */
export interface ActuatorOptions {
  /** `zcu102-a, power`. */
  readonly who: string;
  readonly secrets: Secrets;
}

/** The state that `text` tells, by the patterns; both or none of them is no answer. */
export function stateIn(text: string, { on, off }: StatePatterns): PowerState {
  const isOn = new RegExp(on, 'm').test(text);
  const isOff = new RegExp(off, 'm').test(text);
  if (isOn === isOff) return 'unknown';
  return isOn ? 'on' : 'off';
}

/** An error that holds no secret that was ever read. */
export function powerError(
  { who, secrets }: ActuatorOptions,
  story: { what: string; reached?: string; lastSeen?: string; remedy: string },
): EnvironmentError {
  return new EnvironmentError({
    who,
    what: secrets.hide(story.what),
    reached: story.reached === undefined ? undefined : secrets.hide(story.reached),
    lastSeen: story.lastSeen === undefined ? undefined : secrets.hide(story.lastSeen),
    remedy: secrets.hide(story.remedy),
  });
}

/** `on` or `off`. */
export const word = (on: boolean): 'on' | 'off' => (on ? 'on' : 'off');
