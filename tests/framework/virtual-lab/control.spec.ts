// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../lib/images/index.ts';
import { emulatorArguments } from '../../../lib/virtual-lab/emulator.ts';
import { parseFaults } from '../../../lib/virtual-lab/faults.ts';
import { startVirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import { ask } from './terminal.ts';

const name = 'zcu102-virtual';

test('who does not show the token switches nothing', async ({}, { outputDir: directory }) => {
  await using lab = await startVirtualLab({ directory });
  const token = (await readFile(join(directory, 'token'), 'utf8')).trim();
  for (const authorization of [undefined, '', 'Bearer', `Bearer x${token.slice(1)}`, token]) {
    const headers = authorization === undefined ? {} : { authorization };
    const url = `${lab.url}/boards/${name}/power/on`;
    const response = await fetch(url, { method: 'POST', headers });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(token);
  }
  expect(lab.boards[0]?.powered).toBe(false);
  expect((await stat(join(directory, 'token'))).mode & 0o777).toBe(0o600);
  expect(await readFile(lab.labFile, 'utf8')).not.toContain(token);
  expect(lab.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test('a switch that is stuck tells the truth, one that lies what was asked', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory });
  const power = async (what: string): Promise<unknown> =>
    (await ask(lab, what === '' ? 'GET' : 'POST', `${name}/power${what}`)).body;

  await ask(lab, 'PUT', `${name}/faults`, { power: 'stuck' });
  expect(await power('/on')).toEqual({ power: 'off' });
  await ask(lab, 'PUT', `${name}/faults`, { power: 'lies' });
  expect(await power('/on')).toEqual({ power: 'on' });
  expect(lab.boards[0]?.powered).toBe(false);
  await ask(lab, 'PUT', `${name}/faults`, { power: 'refuses' });
  expect(await ask(lab, 'POST', `${name}/power/on`)).toEqual({
    status: 503,
    body: { error: `${name}: the outlet refuses to go on` },
  });
  expect(await power('')).toEqual({ power: 'off' });

  await ask(lab, 'PUT', `${name}/faults`, { power: { refuses: 1 } });
  expect((await ask(lab, 'POST', `${name}/power/off`)).status).toBe(503);
  expect((await ask(lab, 'POST', `${name}/power/off`)).status).toBe(200);
});

test('a board whose QEMU does not run has power, and says why it does nothing', async ({}, {
  outputDir: directory,
}) => {
  const images = resolveImages();
  const qemu = { path: '/bin/false', env: {}, version: '10.0' };
  await using lab = await startVirtualLab({
    directory,
    images: { qemu: () => qemu, uBoot: () => images.uBoot(), tftpd: () => images.tftpd() },
  });
  await ask(lab, 'POST', `${name}/power/on`);
  await expect
    .poll(async () => (await ask(lab, 'GET', `${name}/power`)).body)
    .toEqual({ power: 'on', complaint: expect.stringContaining('QEMU has ended: exit code 1') });
  expect((await ask(lab, 'POST', `${name}/power/off`)).body).toEqual({ power: 'off' });
});

test('what is no fault, no board and no call is refused', async ({}, { outputDir: directory }) => {
  await using lab = await startVirtualLab({ directory });
  const { status, body } = await ask(lab, 'PUT', `${name}/faults`, { toHost: { drop: 2 } });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain('toHost.drop');
  expect(await ask(lab, 'GET', 'other/power')).toEqual({
    status: 404,
    body: { error: `there is no such board; there are: ${name}` },
  });
  expect((await ask(lab, 'POST', `${name}/explode`)).status).toBe(404);
  expect(() => parseFaults({ tofu: 1 })).toThrow(/faults of the virtual lab: .*tofu/);
});

test('a path with a comma in it is one word to QEMU', () => {
  const args = emulatorArguments({
    qemu: { path: 'qemu', env: {}, version: '10' },
    cpus: 2,
    memory: 0x8000_0000,
    mac: '00:0a:35:00:00:01',
    address: '10.0.2.15',
    uBoot: '/a,b/u-boot.elf',
    tree: '/c,d/tree.dtb',
  });
  expect(args).toContain('loader,file=/a,,b/u-boot.elf,cpu-num=0');
  expect(args).toContain('loader,file=/c,,d/tree.dtb,addr=0x100000,force-raw=on');
});
