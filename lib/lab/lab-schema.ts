// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { boardTypes, budgetStages } from './lab.ts';
import { powerSchema } from './power-schema.ts';
import { bytes, day, duration, host, ipv4, path, pattern, port, secret } from './schema-parts.ts';

const pacing = z
  .strictObject({
    chunk: z.number().int().positive().describe('So many bytes at a time.'),
    delayMs: z.number().positive().describe('Then a pause, in ms.'),
  })
  .exactOptional()
  .describe('Slows down what is sent, for a line that loses input.');

const baud = z.number().int().min(300).max(4_000_000);
const dtr = z.boolean().exactOptional().describe('Level of DTR while open. Default: untouched.');
const rts = z.boolean().exactOptional().describe('Level of RTS while open. Default: untouched.');

const consoleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('serial'),
    path: path.describe('The device, by a name that stays: `/dev/serial/by-id/...`.'),
    baud: baud.describe('Bits per second: 115200.'),
    transient: z
      .boolean()
      .exactOptional()
      .describe("The device comes and goes with the board's power."),
    dtr,
    rts,
    flow: z.enum(['none', 'rtscts']).exactOptional().describe('Flow control. Default: none.'),
    pacing,
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    host: host.describe('A server of raw bytes: ser2net, conserver.'),
    port: port.describe('Its port.'),
    pacing,
  }),
  z.strictObject({
    kind: z.literal('rfc2217'),
    host: host.describe('A server that speaks RFC 2217.'),
    port: port.describe('Its port.'),
    baud: baud.describe('Bits per second, set there.'),
    dtr,
    rts,
    pacing,
  }),
]);

const consoles = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name of small letters, digits and -, such as main'),
    consoleSchema,
  )
  .refine(({ main }) => main !== undefined, 'a console called main, the one that Xen uses');

const identity = z
  .strictObject({
    serial: z.string().min(1).exactOptional().describe('Serial number, as U-Boot prints it.'),
    mac: z
      .string()
      .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address, 00:0a:35:01:02:03, in quotes')
      .exactOptional()
      .describe("U-Boot's `ethaddr`."),
    dna: z
      .string()
      .regex(/^(0x)?[0-9A-Fa-f]{24}$/, '24 hexadecimal digits, in quotes')
      .exactOptional()
      .describe('The 96 bits of device DNA, in hexadecimal.'),
    model: z.string().min(1).exactOptional().describe('Model, as U-Boot prints it.'),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'at least one of serial, mac, dna, model');

const uboot = z.strictObject({
  prompt: z.string().min(1).exactOptional().describe('The prompt, with its trailing blank.'),
  interrupt: bytes
    .exactOptional()
    .describe(String.raw`Bytes that stop autoboot: ' ', '\x03', '\r'.`),
  banner: pattern.exactOptional().describe('Regular expression: the first line of U-Boot.'),
  autobootLine: pattern
    .exactOptional()
    .describe('Regular expression: the line that counts down to autoboot.'),
});

const tftp = z.union(
  [
    z.strictObject({
      directory: path.describe("The server's directory as this machine sees it."),
      prefix: z
        .string()
        .exactOptional()
        .describe('Put before names where the directory is not the root: `crosspage/`.'),
      server: ipv4
        .exactOptional()
        .describe("The server's address as the board sees it. Default: network.server."),
      port: port.exactOptional().describe('Default: 69.'),
    }),
    z.strictObject({
      serve: z
        .strictObject({
          address: ipv4.describe('An address of this machine that the board reaches.'),
          port: port.exactOptional().describe('Default: 69, which wants privileges.'),
        })
        .describe('The run starts a server of its own.'),
    }),
  ],
  { error: '{ directory: PATH } of a server that runs, or { serve: { address } }' },
);

const network = z.strictObject({
  board: ipv4.describe("The board's address."),
  server: ipv4.describe("This machine's address, as the board sees it."),
  netmask: ipv4.exactOptional().describe('Default: 255.255.255.0.'),
  gateway: ipv4.exactOptional().describe('Only where board and server are on different networks.'),
});

const ssh = z.strictObject({
  host: host.describe("Dom0's address."),
  port: port.exactOptional().describe('Default: 22.'),
  hostKey: secret
    .exactOptional()
    .describe(
      'The private Ed25519 key that dom0 shows, so that it can be pinned. Default: made for each run.',
    ),
  key: secret
    .exactOptional()
    .describe("The user's private key, without a passphrase. Default: made for each run."),
  agent: z
    .boolean()
    .exactOptional()
    .describe('Log in with the first key of the running ssh-agent instead.'),
});

const parked = z.strictObject({
  reason: z.string().min(1, 'why it is parked').describe('Why; shown in every report.'),
  until: day.describe('The last day on which it is parked: 2026-12-24.'),
  issue: z.string().min(1).exactOptional().describe('Where that is worked on.'),
});

/** One board. */
export const boardSchema = z.strictObject({
  type: z.enum(boardTypes).describe('The kind of board.'),
  identity: identity
    .exactOptional()
    .describe('What tells it from its like; compared before anything is loaded.'),
  consoles: consoles.describe('Its consoles by name; `main` is the one that Xen uses.'),
  power: powerSchema.describe('How its power is switched.'),
  uboot: uboot.exactOptional().describe('What differs from U-Boot on boards of its type.'),
  tftp: tftp.describe('How files come to U-Boot.'),
  network: network.describe("The board's network in U-Boot."),
  ssh: ssh.exactOptional().describe('How dom0 is reached.'),
  budgets: z
    .partialRecord(z.enum(budgetStages), duration)
    .exactOptional()
    .describe('How long a stage of the boot may take, in ms, where it differs from its type.'),
  parked: parked.exactOptional().describe('It is not to be used now; its tests are skipped.'),
});

/** Names that a Playwright project of this repository has already. */
const taken = ['framework', 'qemu-virt', 'bench'];

export const boardName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and -, such as zcu102-a')
  .refine(
    (name) => !taken.includes(name),
    `another name: ${taken.join(', ')} are projects already`,
  );

/** The lab file. */
export const labSchema = z.strictObject({
  stateDirectory: path
    .exactOptional()
    .describe(
      'What is kept between runs: leases, the last confirmed off. A directory that all users of the boards may write. Default: crosspage in $XDG_STATE_HOME or ~/.local/state, which keeps apart your own runs only.',
    ),
  boards: z
    .record(boardName, boardSchema)
    .refine((boards) => Object.keys(boards).length > 0, 'at least one board')
    .describe("The boards; a name is the Playwright project's name too."),
});

/** The schema by which editors complete a lab file. */
export function labJsonSchema(): Record<string, unknown> {
  return {
    title: 'Crosspage lab file',
    ...z.toJSONSchema(labSchema, { target: 'draft-7', io: 'input' }),
  };
}
