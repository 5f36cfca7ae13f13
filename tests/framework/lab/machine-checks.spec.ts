// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { checkBoard, checkLab, loadLab, parkedReason } from '../../../lib/lab/index.ts';
import type { LabBoard } from '../../../lib/lab/lab.ts';
import { failureOf } from '../images/failure-of.ts';
import { board, writeLab } from './labs.ts';

async function faultsOf(path: string): Promise<string> {
  const error = await failureOf(() => checkLab(path));
  expect(error.fault).toBe('environment');
  return (error.story.where ?? '')
    .split('\n')
    .filter((line) => /^\d+:\d+: /.test(line))
    .join('\n');
}

test('a lab that this machine can serve is good', ({}, info) => {
  expect(checkLab(writeLab(info, board('a'))).boards.size).toBe(1);
});

test('a port that is not there is an error, unless it comes with power', async ({}, info) => {
  const line = (more: string): string =>
    `consoles: { main: { kind: serial, path: /dev/no-such-port, baud: 9600${more} } }`;
  const path = writeLab(info, board('a', { main: line('') }));

  expect(await faultsOf(path)).toMatch(
    /^5:45: boards\.a\.consoles\.main\.path is \/dev\/no-such-port, which is not there; expected a port that is, or transient: true; /,
  );
  expect(checkLab(writeLab(info, board('a', { main: line(', transient: true') }))).path).toBe(path);
});

test('one port under two names is an error', async ({}, info) => {
  const path = writeLab(
    info,
    board('a'),
    board('b', {
      main: 'consoles: { main: { kind: serial, path: other, baud: 9600 } }',
      power: "power: { kind: command, on: [sh, '1'], off: [sh, '2'] }",
      network: 'network: { board: 10.0.0.3, server: 10.0.0.1 }',
    }),
  );
  symlinkSync('/dev/null', info.outputPath('other'));

  expect(await faultsOf(path)).toBe(
    '11:45: boards.b.consoles.main.path is /dev/null, which a has as /dev/null; expected one of its own',
  );
});

test('a TFTP directory that cannot be written is an error', async ({}, info) => {
  const file = info.outputPath('file');
  writeFileSync(file, '');
  const at = (directory: string): string =>
    writeLab(info, board('a', { tftp: `tftp: { directory: ${directory} }` }));

  expect(await faultsOf(at('/proc/self/fd'))).toMatch(
    /^7:24: boards\.a\.tftp\.directory is \/proc\/self\/fd, into which you cannot write \(\w+\); /,
  );
  expect(await faultsOf(at('nowhere'))).toContain('which is not there');
  expect(await faultsOf(at(file))).toContain('which is no directory');
});

test('an address to serve TFTP on that this machine does not have is an error', async ({}, info) => {
  const at = (address: string): string =>
    writeLab(info, board('a', { tftp: `tftp: { serve: { address: ${address} } }` }));

  expect(await faultsOf(at('192.0.2.7'))).toMatch(
    /^7:31: boards\.a\.tftp\.serve\.address is 192\.0\.2\.7, no address of this machine; it has .*127\.0\.0\.1/,
  );
  expect(checkLab(at('127.0.0.1')).boards.size).toBe(1);
});

test('a key that everybody may read is an error, and is not shown', async ({}, info) => {
  mkdirSync(info.outputPath('keys'));
  writeFileSync(info.outputPath('keys/lab'), 'very-secret-key\n');
  chmodSync(info.outputPath('keys/lab'), 0o644);
  const path = writeLab(info, board('a', { ssh: 'ssh: { host: h, key: { file: keys/lab } }' }));
  const error = await failureOf(() => checkLab(path));
  const key = info.outputPath('keys/lab');

  expect(error.story.where?.split('\n')[0]).toBe(
    `9:34: boards.a.ssh.key.file is ${key}, which may be read by everybody on this machine (its mode is 0644); run: chmod 600 ${key}`,
  );
  expect(error.message).not.toContain('very-secret-key');
  chmodSync(key, 0o600);
  expect(checkLab(path).boards.size).toBe(1);
});

test('a variable that is not set, and a program that is not there', async ({}, info) => {
  const power =
    'power: { kind: command, on: [no-such], off: [sh], environment: { PASSWORD: { env: NO_SUCH } } }';

  expect(await faultsOf(writeLab(info, board('a', { power })))).toBe(
    '6:34: boards.a.power.on[0] is no-such, a program that is not there, or that you may not run\n' +
      '6:87: boards.a.power.environment.PASSWORD.env is NO_SUCH, which is not set; set NO_SUCH in the environment',
  );
});

test('faults of the file and of the machine are told together', async ({}, info) => {
  const path = writeLab(
    info,
    board('a', { tftp: 'tftp: { directory: nowhere }' }),
    board('b', { type: 'type: zcu103' }),
  );
  const error = await failureOf(() => checkLab(path));

  expect(error.fault).toBe('misuse');
  expect(error.story.what).toBe('2 faults; no board was touched');
});

test('only the board that is used has to be there, and not one that is parked', ({}, info) => {
  const away = { tftp: 'tftp: { directory: nowhere }' };
  const other = {
    main: 'consoles: { main: { kind: tcp, host: h, port: 1 } }',
    power: "power: { kind: command, on: [sh, '1'], off: [sh, '2'] }",
    network: 'network: { board: 10.0.0.3, server: 10.0.0.1 }',
  };
  const lab = loadLab(writeLab(info, board('a', away), board('b', other)));

  expect(checkBoard(lab, 'b').name).toBe('b');
  expect(() => checkBoard(lab, 'a')).toThrow('which is not there');
  const parked = { ...away, parked: 'parked: { reason: lent, until: 2999-01-01 }' };
  expect(checkLab(writeLab(info, board('a', parked))).boards.size).toBe(1);
});

test('a board is parked up to the last day, and in use after it', () => {
  const parked = { reason: 'the PHY is dead', until: '2026-12-24', issue: '#12' };
  const zcu102 = { name: 'zcu102-a', parked } as LabBoard;

  expect(parkedReason(zcu102, new Date(2026, 11, 24, 23, 59))).toBe(
    'zcu102-a is parked until 2026-12-24: the PHY is dead (#12)',
  );
  expect(parkedReason(zcu102, new Date(2026, 11, 25))).toBeUndefined();
});
