// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { type BootClock, bootClock } from '../host/boot-clock.ts';
import type { Secrets } from '../host/secrets.ts';
import type { Actuator, ActuatorOptions } from './actuator.ts';
import { commandActuator } from './command-power.ts';
import { ConfirmedSwitch } from './confirmed-switch.ts';
import { gpioActuator } from './gpio-power.ts';
import { httpActuator } from './http-power.ts';
import { OffTime } from './off-time.ts';
import type { PowerSpec } from './power-spec.ts';
import type { PowerSwitch } from './power-switch.ts';
import { snmpActuator } from './snmp-power.ts';

/** What a switch needs besides its specification. */
export interface PowerOptions {
  /** Where the last confirmed off is kept, across runs and processes. */
  readonly stateDirectory: string;
  readonly secrets: Secrets;
  /** Default: this machine's. */
  readonly clock?: BootClock;
}

/** What a board gets that says nothing: capacitors of a board's supply take seconds to empty. */
const defaultTiming = { minOffMs: 3000, confirmMs: 5000 };

function actuatorOf(spec: PowerSpec, options: ActuatorOptions): Actuator {
  switch (spec.kind) {
    case 'command':
      return commandActuator(spec, options);
    case 'http':
      return httpActuator(spec, options);
    case 'snmp':
      return snmpActuator(spec, options);
    case 'gpio':
      return gpioActuator(spec, options);
  }
}

/**
 * The switch of the board `who`. It touches nothing before it is used. Secrets are read when they
 * are used.
 */
export function openPower(who: string, spec: PowerSpec, options: PowerOptions): PowerSwitch {
  const actuatorOptions = { who: `${who}, power`, secrets: options.secrets };
  const file = join(options.stateDirectory, 'power', encodeURIComponent(who));
  const memory = {
    offTime: new OffTime(`${file}.json`, options.clock ?? bootClock),
    lock: `${file}.lock`,
  };
  return new ConfirmedSwitch(actuatorOf(spec, actuatorOptions), actuatorOptions, memory, {
    minOffMs: spec.minOffMs ?? defaultTiming.minOffMs,
    confirmMs: spec.confirmMs ?? defaultTiming.confirmMs,
  });
}
