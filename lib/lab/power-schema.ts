// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import {
  command,
  duration,
  host,
  path,
  pattern,
  perhapsSecret,
  port,
  secret,
  url,
} from './schema-parts.ts';

const timing = {
  minOffMs: duration
    .exactOptional()
    .describe(
      'How long the board stays off at least, in ms, from the last confirmed off, whichever run that was in. Default: 3000.',
    ),
  confirmMs: duration
    .exactOptional()
    .describe('How long a state that is read back may take to be there, in ms. Default: 5000.'),
};

const patterns = {
  on: pattern.describe('Regular expression: what says that power is on.'),
  off: pattern.describe('Regular expression: what says that power is off.'),
};

const commandPower = z.strictObject({
  kind: z.literal('command'),
  on: command.describe('Turns power on: a program with its arguments; there is no shell.'),
  off: command.describe('Turns power off.'),
  state: z
    .strictObject({ run: command.describe('Prints the state.'), ...patterns })
    .exactOptional()
    .describe('Reads the state back. With it, an outlet that does not switch is noticed.'),
  environment: perhapsSecret
    .exactOptional()
    .describe('Variables for these programs; a secret as `{ env: NAME }` or `{ file: PATH }`.'),
  ...timing,
});

const call = {
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH'])
    .exactOptional()
    .describe('Default: GET for the state, POST otherwise.'),
  url: url.describe('Where to ask: http or https, without a secret in it.'),
  body: z.string().exactOptional().describe('What is sent; JSON is labelled as such.'),
};

const httpPower = z.strictObject({
  kind: z.literal('http'),
  on: z.strictObject(call).describe('Turns power on; any status of 2xx is success.'),
  off: z.strictObject(call).describe('Turns power off.'),
  state: z
    .strictObject({ ...call, ...patterns })
    .exactOptional()
    .describe('Reads the state back, from the body.'),
  token: secret.exactOptional().describe('Sent as `Authorization: Bearer`. By reference.'),
  login: z
    .strictObject({
      user: z.string().min(1).describe('The name.'),
      password: secret.describe('By reference.'),
    })
    .exactOptional()
    .describe('Sent as `Authorization: Basic`.'),
  headers: perhapsSecret.exactOptional().describe('Further headers; secret ones by reference.'),
  ...timing,
});

const snmpPower = z.strictObject({
  kind: z.literal('snmp'),
  host: host.describe('The outlet strip.'),
  port: port.exactOptional().describe('Default: 161.'),
  version: z.enum(['1', '2c']).exactOptional().describe("Default: '2c'. In quotes."),
  community: secret.describe('The community that may write. By reference.'),
  oid: z
    .string()
    .regex(/^\.?\d+(\.\d+)+$/, 'an object identifier in numbers: 1.3.6.1...')
    .describe("The outlet's object, an integer; in numbers, in quotes."),
  on: z.number().int().describe('Its value that turns power on.'),
  off: z.number().int().describe('Its value that turns power off.'),
  state: z
    .strictObject({
      oid: z
        .string()
        .regex(/^\.?\d+(\.\d+)+$/, 'an object identifier in numbers: 1.3.6.1...')
        .exactOptional()
        .describe('Default: `oid`.'),
      on: z.number().int().exactOptional().describe('Default: `on`.'),
      off: z.number().int().exactOptional().describe('Default: `off`.'),
    })
    .exactOptional()
    .describe('What is read back, where it is another object or has other values.'),
  ...timing,
});

const gpioPower = z
  .strictObject({
    kind: z.literal('gpio'),
    chip: z.string().min(1).exactOptional().describe("libgpiod's chip: `gpiochip0`. With `line`."),
    line: z.number().int().nonnegative().exactOptional().describe('The line of the chip.'),
    value: path
      .exactOptional()
      .describe('Instead: a file that takes and gives 0 and 1, `/sys/class/gpio/gpio17/value`.'),
    activeLow: z.boolean().exactOptional().describe('Power flows when the line is low.'),
    ...timing,
  })
  .refine(
    ({ chip, line, value }) =>
      value === undefined
        ? chip !== undefined && line !== undefined
        : chip === undefined && line === undefined,
    'either chip and line, or value',
  );

/** How a board's power is switched. */
export const powerSchema = z.discriminatedUnion('kind', [
  commandPower,
  httpPower,
  snmpPower,
  gpioPower,
]);
