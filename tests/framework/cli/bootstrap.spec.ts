// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { endOf, env, startNode } from './run-cli.ts';

const cli = join(import.meta.dirname, '../../../lib/cli');
const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } } };

/** A project with a lock and a stub of npm that installs it and counts how often. */
function project(info: TestInfo): { path: string; calls: () => number } {
  const npm = info.outputPath('bin/npm');
  for (const directory of ['bin', 'lib']) mkdirSync(info.outputPath(directory));
  cpSync(cli, info.outputPath('lib/cli'), { recursive: true });
  writeFileSync(info.outputPath('package-lock.json'), JSON.stringify(lock));
  writeFileSync(
    npm,
    '#!/bin/sh\necho "$@" >>calls\n/bin/mkdir -p node_modules\n' +
      '/bin/cp package-lock.json node_modules/.package-lock.json\n',
  );
  chmodSync(npm, 0o755);
  const calls = (): number =>
    readFileSync(info.outputPath('calls'), 'utf8').trim().split('\n').length;
  return { path: info.outputPath('bin'), calls };
}

function install(info: TestInfo, path: string): ReturnType<typeof endOf> {
  const script = `(await import(${JSON.stringify(info.outputPath('lib/cli/launch.mjs'))})).installPackages()`;
  return endOf(startNode(['--input-type=module', '-e', script], env({ PATH: path })));
}

test('npm packages are installed once, and again when the lock changes', async ({}, info) => {
  const { path, calls } = project(info);
  expect((await install(info, path)).stderr).toBe('installing npm packages (npm ci)\n');
  expect((await install(info, path)).stderr).toBe('');
  expect(calls()).toBe(1);

  const newer = { packages: { ...lock.packages, 'node_modules/b': { version: '2.0.0' } } };
  writeFileSync(info.outputPath('package-lock.json'), JSON.stringify(newer));
  await install(info, path);
  expect(calls()).toBe(2);
});

test('a machine without npm is told so', async ({}, info) => {
  const { path } = project(info);
  rmSync(join(path, 'npm'));
  const { code, stderr } = await install(info, path);

  expect(stderr).toContain('npm ci: spawnSync npm ENOENT\n');
  expect(stderr).toContain('to do: see that npm is installed');
  expect(code).toBe(3);
});

test('the command says what to run when its packages are not installed', async () => {
  // Not below this project: Node looks for packages in every directory above.
  const root = mkdtempSync(join(tmpdir(), 'crosspage-bare-'));
  try {
    cpSync(cli, join(root, 'lib/cli'), { recursive: true });
    const { code, stderr } = await endOf(startNode([join(root, 'lib/cli/bin.mjs'), 'doctor']));

    expect(stderr).toBe(
      'crosspage: its npm packages are not installed\n' +
        `  to do: run: npm ci --prefix ${root}/\n`,
    );
    expect(code).toBe(3);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a Node that is too old is refused', async () => {
  const check = (version: string): ReturnType<typeof endOf> => {
    const script = `(await import(${JSON.stringify(join(cli, 'launch.mjs'))})).checkNode('${version}')`;
    return endOf(startNode(['--input-type=module', '-e', script]));
  };
  const [old, almost, enough, next] = await Promise.all(
    ['18.19.0', '20.18.3', '20.19.0', '24.1.0'].map(check),
  );

  expect(old?.stderr).toMatch(/^Node: is version 18\.19\.0; Crosspage needs 20\.19 or later\n/);
  expect([old, almost, enough, next].map((run) => run?.code)).toEqual([3, 3, 0, 0]);
});
