// SPDX-License-Identifier: Apache-2.0
import type { SecretReference } from '../host/secrets.ts';

/** What every kind of switch has. */
interface Timing {
  /** How long the board stays off at least, from the last confirmed off. Default: 3000. */
  readonly minOffMs?: number;
  /** How long a state that can be read back may take to be there. Default: 5000. */
  readonly confirmMs?: number;
}

/** What a state looks like where it is read back: regular expressions. */
export interface StatePatterns {
  readonly on: string;
  readonly off: string;
}

/** A program switches: each a program with its arguments, run without a shell. */
export interface CommandPower extends Timing {
  readonly kind: 'command';
  readonly on: readonly string[];
  readonly off: readonly string[];
  /** Prints the state; the patterns are looked for in what it prints. */
  readonly state?: StatePatterns & { readonly run: readonly string[] };
  /** Variables that the programs get in addition: secrets belong here, not into arguments. */
  readonly environment?: Readonly<Record<string, string | SecretReference>>;
}

/** One request. */
export interface HttpCall {
  /** Default: GET for a state, POST otherwise. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly body?: string;
}

/** A web server switches. Any status of 2xx is success. */
export interface HttpPower extends Timing {
  readonly kind: 'http';
  readonly on: HttpCall;
  readonly off: HttpCall;
  /** The patterns are looked for in the body. */
  readonly state?: StatePatterns & HttpCall;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: SecretReference;
  /** Sent as `Authorization: Basic`. */
  readonly login?: { readonly user: string; readonly password: SecretReference };
  readonly headers?: Readonly<Record<string, string | SecretReference>>;
}

/** An outlet that SNMP sets: an integer object with a value for each state. */
export interface SnmpPower extends Timing {
  readonly kind: 'snmp';
  readonly host: string;
  /** Default: 161. */
  readonly port?: number;
  /** Default: 2c. */
  readonly version?: '1' | '2c';
  readonly community: SecretReference;
  readonly oid: string;
  readonly on: number;
  readonly off: number;
  /** What is read back, where that is another object or has other values. Default: the same. */
  readonly state?: { readonly oid?: string; readonly on?: number; readonly off?: number };
}

/** A relay on a line of a GPIO chip. */
export type GpioPower = Timing & {
  readonly kind: 'gpio';
  /** Power flows when the line is low. */
  readonly activeLow?: boolean;
} & (
    | {
        /** libgpiod's name of the chip, `gpiochip0`; switched by gpioset. */
        readonly chip: string;
        readonly line: number;
      }
    | {
        /** A file that takes and gives 0 and 1: `/sys/class/gpio/gpio17/value`. */
        readonly value: string;
      }
  );

/** How a board's power is switched. */
export type PowerSpec = CommandPower | HttpPower | SnmpPower | GpioPower;
