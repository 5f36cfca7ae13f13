// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import type { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { type Actuator, type ActuatorOptions, powerError } from './actuator.ts';
import type { GpioPower } from './power-spec.ts';
import type { PowerState } from './power-switch.ts';
import { commandText, runProgram } from './run-program.ts';

const levelOf = (spec: GpioPower, on: boolean): string =>
  on === (spec.activeLow ?? false) ? '0' : '1';

function stateOf(spec: GpioPower, level: string): PowerState {
  if (level !== '0' && level !== '1') return 'unknown';
  return levelOf(spec, true) === level ? 'on' : 'off';
}

/** A file of the kernel's that takes and gives a level. */
function fileActuator(
  spec: GpioPower & { readonly value: string },
  options: ActuatorOptions,
): Actuator {
  const remedy = `export the line as an output, and see that you may write ${spec.value}`;
  const orError = async <T>(deadline: Deadline, what: string, act: Promise<T>): Promise<T> => {
    const late = (): Error =>
      powerError(options, { what: `${spec.value} ${what} in time`, remedy });
    return deadline.bound(act, late).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'EnvironmentError') throw error;
      throw powerError(options, { what: `${spec.value} ${what}: ${messageOf(error)}`, remedy });
    });
  };
  return {
    byHand: (on) => `echo ${levelOf(spec, on)} > ${spec.value}`,
    set: (on, deadline) =>
      // Never made: a missing file is a line that is not exported.
      orError(
        deadline,
        'was not written',
        writeFile(spec.value, `${levelOf(spec, on)}\n`, { flag: 'r+' }),
      ),
    read: async (deadline) => {
      const text = await orError(deadline, 'was not read', readFile(spec.value, 'utf8'));
      const level = text.trim();
      return { state: stateOf(spec, level), seen: `${spec.value}: ${level}` };
    },
  };
}

/** libgpiod's tools changed their arguments with version 2. */
async function isVersion2(options: ActuatorOptions, deadline: Deadline): Promise<boolean> {
  const text = await runProgram(options, ['gpioset', '--version'], deadline);
  return Number(/v(\d+)\./.exec(text)?.[1] ?? '1') >= 2;
}

/** libgpiod's gpioset. With version 1 nothing is read back: its gpioget makes the line an input. */
function chipActuator(
  spec: GpioPower & { readonly chip: string; readonly line: number },
  options: ActuatorOptions,
): Actuator {
  const { chip, line } = spec;
  const setting = (on: boolean): string => `${line}=${levelOf(spec, on)}`;
  return {
    byHand: (on) => commandText(['gpioset', chip, setting(on)]),
    set: async (on, deadline) => {
      const args = (await isVersion2(options, deadline))
        ? ['--toggle', '0', '--chip', chip, setting(on)]
        : ['--mode=exit', chip, setting(on)];
      await runProgram(options, ['gpioset', ...args], deadline);
    },
    read: async (deadline) => {
      if (!(await isVersion2(options, deadline))) return undefined;
      const args = ['--as-is', '--numeric', '--chip', chip, String(line)];
      const level = (await runProgram(options, ['gpioget', ...args], deadline)).trim();
      return { state: stateOf(spec, level), seen: `gpioget: ${level}` };
    },
  };
}

/** A relay on a GPIO line. */
export function gpioActuator(spec: GpioPower, options: ActuatorOptions): Actuator {
  return 'value' in spec ? fileActuator(spec, options) : chipActuator(spec, options);
}
