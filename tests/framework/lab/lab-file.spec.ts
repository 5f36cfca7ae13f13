// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { boardOf, describeFields, labJsonSchema, loadLab } from '../../../lib/lab/index.ts';
import { failureOf } from '../images/failure-of.ts';
import { board, writeLab } from './labs.ts';

/** What is said of a lab file, without the source lines: `3:11: path is ...`. */
async function faultsIn(path: string): Promise<string[]> {
  const error = await failureOf(() => loadLab(path));
  expect(error.fault).toBe('misuse');
  return (error.story.where ?? '').split('\n').filter((line) => /^\d+:\d+: /.test(line));
}

async function faultOf(info: TestInfo, changes: Record<string, string | undefined>) {
  return (await faultsIn(writeLab(info, board('zcu102-a', changes))))
    .map((line) => line.replace('boards.zcu102-a.', ''))
    .join('\n');
}

test('a good file is read, its paths absolute and its escapes resolved', ({}, info) => {
  const lab = loadLab(
    writeLab(
      info,
      board('zcu102-a', {
        main: 'consoles: { main: { kind: serial, path: ports/a, baud: 115200, transient: true } }',
        uboot: String.raw`uboot: { interrupt: '\x03\r' }`,
        ssh: 'ssh: { host: 10.0.0.2, key: { file: keys/lab } }',
      }),
    ),
  );
  const zcu102 = boardOf(lab, 'zcu102-a');

  expect(lab.stateDirectory).toBe(info.outputPath('state'));
  expect(zcu102.consoles.main).toMatchObject({ path: info.outputPath('ports/a'), transient: true });
  expect(zcu102.uboot?.interrupt).toBe('\x03\r');
  expect(zcu102.tftp).toEqual({ directory: info.outputPath('tftp') });
  expect(zcu102.ssh?.key).toEqual({ file: info.outputPath('keys/lab') });
});

test('an anchor gives boards what they have in common', ({}, info) => {
  const path = info.outputPath('lab.yaml');
  const second =
    '  b:\n    <<: *a\n    consoles: { main: { kind: tcp, host: pdu, port: 2 } }\n' +
    '    network: { board: 10.0.0.3, server: 10.0.0.1 }\n    power: { kind: gpio, value: x }\n';
  writeFileSync(path, `boards:\n${board('a').replace('a:', 'a: &a')}\n${second}`);

  expect(loadLab(path).boards.get('b')?.type).toBe('zcu102');
});

const wrong: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
  [
    'an unknown value',
    { type: 'type: zcu103' },
    '4:11: type is "zcu103"; expected one of zcu102, kv260, ultra96, zcu102-virtual',
  ],
  [
    'a key left out',
    { tftp: undefined },
    '3:3: tftp is missing; expected { directory: PATH } of a server that runs, or { serve: { address } }',
  ],
  [
    'an unknown key, with what is near it',
    { budgets: 'budgets: { xn: 4 }' },
    '9:16: budgets.xn is not a key that is known; xen is',
  ],
  [
    'an unknown key, with all that are known',
    { network: 'network: { board: 10.0.0.2, server: 10.0.0.1, vlan: 3 }' },
    '8:51: network.vlan is not a key that is known; expected one of board, server, netmask, gateway',
  ],
  [
    'a kind of power that there is not',
    { power: 'power: { kind: comand }' },
    '6:20: power.kind is "comand"; expected one of command, http, snmp, gpio',
  ],
  [
    'a number out of range',
    { budgets: 'budgets: { xen: -4 }' },
    '9:21: budgets.xen is -4; expected more than 0',
  ],
  [
    'a text for a number',
    { main: 'consoles: { main: { kind: tcp, host: h, port: telnet } }' },
    '5:51: consoles.main.port is "telnet"; expected a number',
  ],
  [
    'consoles without that of Xen',
    { main: 'consoles: { second: { kind: tcp, host: h, port: 1 } }' },
    '5:15: consoles is a mapping; expected a console called main, the one that Xen uses',
  ],
  [
    'an address that is none',
    { network: 'network: { board: 10.0.0.2, server: 10.0.0.300 }' },
    '8:41: network.server is "10.0.0.300"; expected an IPv4 address such as 10.0.0.2',
  ],
  [
    'a pattern that is no regular expression',
    { uboot: "uboot: { banner: '(' }" },
    '9:22: uboot.banner is "("; expected a regular expression',
  ],
  [
    'an escape that there is not',
    { uboot: String.raw`uboot: { interrupt: '\q' }` },
    String.raw`9:25: uboot.interrupt is "\\q"; expected bytes: ASCII, \r, \n, \t, \e, \\ and \x00 to \xff`,
  ],
  [
    'a day that there is not',
    { parked: 'parked: { reason: x, until: 2026-02-30 }' },
    '9:33: parked.until is "2026-02-30"; expected a day as 2026-12-24',
  ],
  [
    'a command without a program',
    { power: 'power: { kind: command, on: [x], off: [] }' },
    '6:43: power.off is a list; expected a program with its arguments: [program, argument, ...]',
  ],
  [
    'a key written twice',
    { type2: 'type: kv260' },
    '9:5: type is written twice; the first is in line 4',
  ],
  [
    'a GPIO line that is named twice over',
    { power: 'power: { kind: gpio, chip: gpiochip0, value: x }' },
    '6:12: power is a mapping; expected either chip and line, or value',
  ],
];

for (const [what, changes, expected] of wrong) {
  test(`${what} is told with its line, column and what was expected`, async ({}, info) => {
    expect(await faultOf(info, changes)).toBe(expected);
  });
}

test('every fault is told at once, with its source line and a caret', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a', { type: 'type: zcu103', network: undefined }));
  const error = await failureOf(() => loadLab(path));

  expect(error.message).toBe(
    `${path}: 2 faults; no board was touched\n` +
      '  look at: 3:3: boards.zcu102-a.network is missing; expected a mapping\n' +
      '    3 |   zcu102-a:\n' +
      '      |   ^\n' +
      '    4:11: boards.zcu102-a.type is "zcu103"; expected one of zcu102, kv260, ultra96, zcu102-virtual\n' +
      '    4 |     type: zcu103\n' +
      '      |           ^\n' +
      '  to do: correct what is named: lib/lab/README.md describes every field; `npx crosspage lab check` looks again',
  );
});

test('what two boards cannot both have is told', async ({}, info) => {
  const faults = await faultsIn(writeLab(info, board('a'), board('b')));

  expect(faults).toEqual([
    '11:45: boards.b.consoles.main.path is the serial port /dev/null, which a has (line 5); expected one of its own',
    '12:12: boards.b.power switches the same outlet as that of a; expected one of its own',
    '14:23: boards.b.network.board is the address 10.0.0.2, which a has (line 8); expected one of its own',
  ]);
});

test('two boards of one name, and a name that a project has', async ({}, info) => {
  const faults = await faultsIn(writeLab(info, board('a'), board('a'), board('qemu-virt')));

  expect(faults).toContain('9:3: boards.a is written twice; the first is in line 3');
  expect(faults).toContain(
    '15:3: boards.qemu-virt is not a name it takes; expected another name: framework, qemu-virt, bench are projects already',
  );
});

test('a board that is not there is told with those that are', async ({}, info) => {
  const lab = loadLab(writeLab(info, board('zcu102-a')));
  const error = await failureOf(() => boardOf(lab, 'zcu102a'));

  expect(error.message).toBe(
    `${lab.path}: has no board "zcu102a"; zcu102-a is near to it\n  to do: name one of: zcu102-a`,
  );
});

test('a file that is not there, and one that is not YAML', async ({}, info) => {
  const missing = await failureOf(() => loadLab(info.outputPath('none.yaml')));
  expect(missing.story.what).toBe('there is no such lab file');
  const path = info.outputPath('lab.yaml');
  writeFileSync(path, 'boards:\n  a: { type: zcu102\n');

  expect(await faultsIn(path)).toEqual([
    '3:1: this is not indented as what it belongs to, or something before it is not closed',
  ]);
});

test.describe('a secret that is written out', () => {
  const value = 'hunter2-hunter2';
  for (const [what, changes] of [
    ['as a token', { power: `power: { kind: http, on: {}, off: {}, token: ${value} }` }],
    ['in quotes', { power: `power: { kind: http, on: {}, off: {}, token: "${value}" }` }],
    ['as the name of a variable', { ssh: `ssh: { host: h, key: { env: ${value} } }` }],
    ['under an unknown key', { ssh: `ssh: { host: h, password: ${value} }` }],
    ['in an address', { power: `power: { kind: http, on: { url: 'http://u:${value}@h/' } }` }],
    ['in a query', { power: `power: { kind: http, on: { url: 'http://h/?token=${value}' } }` }],
    ['among arguments', { power: `power: { kind: command, on: [x, --password, ${value}] }` }],
    ['joined to an argument', { power: `power: { kind: command, on: [x, --token=${value}] }` }],
    ['in a header', { power: `power: { kind: http, headers: { Authorization: B ${value} } }` }],
    [
      'in a block',
      { ssh: `ssh:\n      host: h\n      key: |\n        ${value}\n        ${value}` },
    ],
    ['beside another fault', { ssh: `ssh: { hst: h, key: ${value} }` }],
    ['where the file is not YAML', { ssh: `ssh: { host: h, password: ${value}, [ }` }],
  ] as const) {
    test(`${what} is an error that does not show it`, async ({}, info) => {
      const path = writeLab(info, board('zcu102-a', { ...changes }));
      const error = await failureOf(() => loadLab(path));

      expect(error.message).not.toContain(value);
      expect(JSON.stringify(error.story)).not.toContain('hunter2');
    });
  }

  test('is told with how to refer to it', async ({}, info) => {
    const fault = await faultOf(info, { ssh: `ssh: { host: h, key: ${value} }` });

    expect(fault).toBe(
      '9:26: ssh.key is a value that is not shown; expected a reference to a secret: { env: NAME } or { file: PATH }',
    );
  });
});

test('the JSON Schema in the package is that of the code', () => {
  const file = join(import.meta.dirname, '../../../lib/lab/lab.schema.json');
  const published: unknown = JSON.parse(readFileSync(file, 'utf8'));

  // When it differs: npx crosspage lab schema > lib/lab/lab.schema.json
  expect(published).toEqual(labJsonSchema());
});

test('the page on the lab file describes every field in the words of the code', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../lib/lab/README.md'), 'utf8');

  // When it differs, put there what this prints: npx crosspage lab schema --fields
  expect(page.split('--fields -->\n\n')[1]).toBe(describeFields());
});

test('the example of the page is a good lab file', ({}, info) => {
  const page = readFileSync(join(import.meta.dirname, '../../../lib/lab/README.md'), 'utf8');
  const path = info.outputPath('lab.yaml');
  writeFileSync(path, /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');

  expect([...loadLab(path).boards.keys()]).toEqual(['zcu102-a']);
});
