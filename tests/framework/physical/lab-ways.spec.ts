// SPDX-License-Identifier: Apache-2.0
// What a lab may do otherwise: no TFTP server of its own, and keys that stay from run to run.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import ssh2 from 'ssh2';
import { startDom0 } from '../../../lib/boot/dom0.ts';
import { Secrets } from '../../../lib/host/secrets.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { loadLab } from '../../../lib/lab/index.ts';
import { directAccess } from '../../../lib/physical/board-access.ts';
import { boardTypeByName } from '../../../lib/physical/board-types.ts';
import { BoardHealth } from '../../../lib/physical/health.ts';
import { PhysicalBoard } from '../../../lib/physical/physical-board.ts';
import { startVirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** The key that a server shows, as a line of known_hosts has it. */
async function shownKey(host: string, port: number): Promise<string> {
  const client = new ssh2.Client();
  const shown = new Promise<string>((resolve) => {
    client.on('error', () => undefined); // It is not let in.
    client.connect({
      ...{ host, port, username: 'nobody' },
      hostVerifier: (key: Buffer) => {
        resolve(`ssh-ed25519 ${key.toString('base64')}`);
        return false;
      },
    });
  });
  const key = await shown;
  client.destroy();
  return key;
}

test('the run serves TFTP by itself, and dom0 shows and takes the keys that the lab names', async ({}, info) => {
  test.setTimeout(400_000);
  const directory = info.outputPath('lab');
  await using virtual = await startVirtualLab({ directory });
  const [host, user] = ['host', 'user'].map((name) => `${directory}/${name}`) as [string, string];
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-t', 'ed25519', '-f', host]);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-t', 'ecdsa', '-f', user]);
  const text = readFileSync(virtual.labFile, 'utf8');
  const changed = text
    .replace(/tftp: \{.*\}/, `tftp: { serve: { address: 127.0.0.1, port: ${await freePort()} } }`)
    .replace(/ssh: \{(.*) \}/, 'ssh: {$1, hostKey: { file: host }, key: { file: user } }');
  expect(changed.split('\n').filter((line, at) => line !== text.split('\n')[at])).toHaveLength(2);
  writeFileSync(virtual.labFile, changed);
  const { stateDirectory, boards } = loadLab(virtual.labFile);
  const board = boards.get('zcu102-virtual');
  if (board?.ssh === undefined) throw new Error('the board has no ssh');
  const access = directAccess(board, { stateDirectory, secrets: new Secrets() });
  const physical = new PhysicalBoard({
    board,
    type: boardTypeByName[board.type],
    open: () => Promise.resolve(access),
    health: new BoardHealth(board.name, stateDirectory, ''),
    cache: `${placesOf().build}/cache`,
  });

  await using dom0 = await startDom0(physical, {}, { evidence: info.outputPath('boot') });

  expect(await dom0.output(['cat', '/run/ssh/authorized_keys'])).toBe(
    readFileSync(`${user}.pub`, 'utf8').trim() + '\n',
  );
  const { port = 22 } = board.ssh;
  expect(await shownKey(board.ssh.host, port)).toBe(readFileSync(`${host}.pub`, 'utf8').trim());
});
