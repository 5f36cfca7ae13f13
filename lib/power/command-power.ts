// SPDX-License-Identifier: Apache-2.0
import { lastLines } from '../host/tools.ts';
import { type Actuator, type ActuatorOptions, stateIn } from './actuator.ts';
import type { CommandPower } from './power-spec.ts';
import { commandText, runProgram } from './run-program.ts';

/** Values as they are, references as the secrets that they name. */
export function withSecrets(
  { who, secrets }: ActuatorOptions,
  values: CommandPower['environment'] = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : secrets.read(who, value),
    ]),
  );
}

/** A switch that programs throw: sispmctl, uhubctl, ipmitool, pdudaemon-client, a script. */
export function commandActuator(spec: CommandPower, options: ActuatorOptions): Actuator {
  const { state } = spec;
  return {
    byHand: (on) => commandText(on ? spec.on : spec.off),
    set: async (on, deadline) => {
      const env = withSecrets(options, spec.environment);
      await runProgram(options, on ? spec.on : spec.off, deadline, env);
    },
    read:
      state &&
      (async (deadline) => {
        const env = withSecrets(options, spec.environment);
        const text = await runProgram(options, state.run, deadline, env);
        return { state: stateIn(text, state), seen: lastLines(text, 6) };
      }),
  };
}
