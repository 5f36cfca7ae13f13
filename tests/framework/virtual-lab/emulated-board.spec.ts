// SPDX-License-Identifier: Apache-2.0
// Real QEMU, real U-Boot: what a lab sees of its board.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { startVirtualLab, type VirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import { ask, processesOf, prompt, Terminal } from './terminal.ts';

const name = 'zcu102-virtual';
const run = promisify(execFile);

const terminalOf = (lab: VirtualLab): Terminal => new Terminal(join(lab.directory, `${name}.main`));

/** Has the board load a file as a driver does; returns what U-Boot says. */
async function load(lab: VirtualLab, terminal: Terminal, file: string): Promise<string> {
  const port = lab.boards[0]?.tftp.port ?? 0;
  await terminal.run('setenv ipaddr 10.0.2.15; setenv serverip 10.0.2.2; setenv autostart no');
  await terminal.run(`setenv tftpdstp ${port}`);
  return terminal.run(`tftpboot 0x10000000 ${file}`);
}

test('power brings U-Boot, a key its prompt, and each board says which it is', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory, boards: 2 });
  using terminal = terminalOf(lab);
  expect(await ask(lab, 'POST', `${name}/power/on`)).toEqual({
    status: 200,
    body: { power: 'on' },
  });

  expect(await terminal.read('Hit any key')).toMatch(/U-Boot 20\d\d\.\d\d[^]*EL2/);
  terminal.write(' ');
  await terminal.read(prompt);
  expect(await terminal.run('printenv ethaddr')).toContain('ethaddr=00:0a:35:00:00:01');

  await ask(lab, 'POST', `${name}/power/off`);
  const second = join(lab.directory, 'crosspage-power');
  expect((await run(second, ['zcu102-virtual-2', 'state'])).stdout).toBe('off\n');
  expect((await run(second, ['zcu102-virtual-2', 'on'])).stdout).toBe('on\n');
  using other = new Terminal(join(lab.directory, 'zcu102-virtual-2.main'));
  await other.reachPrompt();
  expect(await other.run('printenv ethaddr')).toContain('ethaddr=00:0a:35:00:00:02');
});

test('power that goes takes the board at once, and its device stays', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory });
  using terminal = terminalOf(lab);
  await ask(lab, 'POST', `${name}/power/on`);
  await terminal.reachPrompt();
  await ask(lab, 'POST', `${name}/power/off`);
  expect(lab.boards[0]?.powered).toBe(false);
  const emulators = (await processesOf(directory)).filter((line) => line.includes('xlnx-zcu102'));
  expect(emulators).toEqual([]);

  await ask(lab, 'POST', `${name}/power/on`);
  expect(await terminal.read('Hit any key')).toContain('U-Boot 20');
  expect(terminal.hungUp).toBe(false);
});

test('a file comes by TFTP as it is, and stays away or changes where that is wanted', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory });
  const [content, other] = [randomBytes(300_000), randomBytes(1000)];
  await writeFile(join(directory, 'tftp/content'), content);
  await writeFile(join(directory, 'tftp/other'), other);
  using terminal = terminalOf(lab);
  await ask(lab, 'POST', `${name}/power/on`);
  await terminal.reachPrompt();

  expect(await load(lab, terminal, 'content')).toContain('Bytes transferred = 300000');
  const sum = crc32(content).toString(16).padStart(8, '0');
  expect(await terminal.run('crc32 0x10000000 0x${filesize}')).toContain(sum);
  expect(await load(lab, terminal, 'missing')).toContain('TFTP error');

  await ask(lab, 'PUT', `${name}/faults`, { tftp: { serves: 'other' } });
  expect(await load(lab, terminal, 'content')).toContain('Bytes transferred = 1000');

  await ask(lab, 'PUT', `${name}/faults`, { tftp: { stallsAfter: 3 } });
  terminal.write('tftpboot 0x10000000 content\r');
  await terminal.read('T ');
  await ask(lab, 'PUT', `${name}/faults`, {});
  terminal.write('\x03');
  await terminal.read(prompt);
  expect(await load(lab, terminal, 'content')).toContain('Bytes transferred = 300000');
});

test('what the board prints makes it hang, reset or lose its power', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory });
  using terminal = terminalOf(lab);
  const events = [
    { at: 'to stop', do: 'insert', text: '[    1.0] message' },
    { at: 'SECOND', do: 'reset' },
    { at: 'Hit any', do: 'hang' },
  ];
  await ask(lab, 'PUT', `${name}/faults`, { events });
  await ask(lab, 'POST', `${name}/power/on`);
  await terminal.read('to stop[    1.0] message autoboot');
  terminal.write(' ');
  await terminal.read(prompt);

  terminal.write('echo SEC""OND\r');
  await terminal.read('Hit any');
  await ask(lab, 'PUT', `${name}/faults`, { events: [{ at: 'THIRD', do: 'cut' }] });
  await expect.poll(() => lab.boards[0]?.standsStill()).toBe(true);
  // It stands still until it is let go on; else U-Boot would count down by itself.
  terminal.write(' ');
  await ask(lab, 'POST', `${name}/resume`);
  await terminal.read(prompt);

  terminal.write('echo TH""IRD\r');
  await terminal.until('the loss of power', () => lab.boards[0]?.powered === false);
  expect((await ask(lab, 'GET', `${name}/power`)).body).toEqual({ power: 'off' });
});

test('a board that misses autoboot hears nothing until it is too late', async ({}, {
  outputDir: directory,
}) => {
  await using lab = await startVirtualLab({ directory });
  using terminal = terminalOf(lab);
  await ask(lab, 'PUT', `${name}/faults`, { missesAutoboot: true });
  await ask(lab, 'POST', `${name}/power/on`);
  await terminal.read('Hit any key');
  terminal.write(' ');

  await terminal.read('BOOTP broadcast');
  terminal.write('\x03');
  await terminal.read(prompt);
});

test('a board answers as another from the next power-on', async ({}, { outputDir: directory }) => {
  await using lab = await startVirtualLab({ directory });
  using terminal = terminalOf(lab);
  const answersAs = { mac: '00:0a:35:00:00:99', model: 'ZynqMP something else' };
  await ask(lab, 'PUT', `${name}/faults`, { answersAs });
  await ask(lab, 'POST', `${name}/power/on`);

  expect(await terminal.read('Hit any key')).toContain('Model: ZynqMP something else');
  terminal.write(' ');
  await terminal.read(prompt);
  expect(await terminal.run('printenv ethaddr')).toContain('ethaddr=00:0a:35:00:00:99');
});
