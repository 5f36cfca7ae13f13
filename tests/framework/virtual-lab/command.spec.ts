// SPDX-License-Identifier: Apache-2.0
// `crosspage lab virtual` as a person runs it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { projectRoot } from '../../../lib/images/places.ts';
import { processesOf, Terminal } from './terminal.ts';

const name = 'zcu102-virtual';

async function startCommand(directory: string): Promise<OwnedProcess> {
  const command = join(projectRoot, 'lib/cli/bin.mjs');
  const args = [command, 'lab', 'virtual', '--directory', directory];
  const started = await OwnedProcess.start(process.execPath, args);
  let text = '';
  await new Promise<void>((resolve, reject) => {
    started.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Ctrl-C ends it')) resolve();
    });
    void started.ended.then(() => {
      reject(new Error(started.stderr));
    });
  });
  return started;
}

async function powerOn(directory: string): Promise<void> {
  const program = join(directory, 'crosspage-power');
  await using switched = await OwnedProcess.start(program, [name, 'on']);
  expect(await switched.ended).toEqual({ code: 0, signal: null });
}

for (const [how, signal] of [
  ['Ctrl-C ends the lab, and nothing is left of it', 'SIGINT'],
  ['nothing runs on when the lab is killed', 'SIGKILL'],
] as const) {
  test(how, async ({}, testInfo) => {
    const directory = testInfo.outputPath('lab');
    const lab = await startCommand(directory);
    await powerOn(directory);
    using terminal = new Terminal(join(directory, `${name}.main`));
    await terminal.read('Hit any key');
    expect((await processesOf(directory)).length).toBeGreaterThanOrEqual(4);

    process.kill(lab.pid, signal);
    const end = await lab.ended;

    expect(end).toEqual(
      signal === 'SIGINT' ? { code: 0, signal: null } : { code: null, signal: 'SIGKILL' },
    );
    await expect.poll(() => processesOf(directory)).toEqual([]);
    await terminal.until('the hang-up', () => terminal.hungUp);
    if (signal !== 'SIGINT') return;
    expect((await readdir(directory, { recursive: true })).sort()).toEqual(['state', 'tftp']);
  });
}

test('of two labs in one directory, the second is refused', async ({}, testInfo) => {
  const directory = testInfo.outputPath('lab');
  await using lab = await startCommand(directory);
  await expect(startCommand(directory)).rejects.toThrow(`wanted this lock, but process ${lab.pid}`);
});
