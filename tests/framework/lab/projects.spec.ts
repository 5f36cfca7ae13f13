// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { labProjects } from '../../../lib/fixtures/lab-projects.ts';
import { type CliRun, endOf } from '../cli/run-cli.ts';
import { board, writeLab } from './labs.ts';

const root = join(import.meta.dirname, '../../..');
const parked = 'parked: { reason: the PHY is dead, until: 2999-01-01, issue: "#12" }';

/** Playwright on this repository's own configuration. */
function runPlaywright(path: string, args: readonly string[]): Promise<CliRun> {
  const outer = /^(TEST_|PW|PLAYWRIGHT|CROSSPAGE_|FORCE_COLOR$|DEBUG_COLORS$)/;
  const inherited = Object.entries(process.env).filter(([key]) => !outer.test(key));
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  return endOf(
    spawn(process.execPath, [cli, 'test', ...args], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), CROSSPAGE_LAB: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

test.describe('in this process', () => {
  const before = process.env['CROSSPAGE_LAB'];
  test.afterEach(() => {
    if (before === undefined) delete process.env['CROSSPAGE_LAB'];
    else process.env['CROSSPAGE_LAB'] = before;
  });

  const suite = { testIgnore: ['framework/**'] };

  test('each board of the lab file is a project with one worker', ({}, info) => {
    process.env['CROSSPAGE_LAB'] = writeLab(
      info,
      board('zcu102-a'),
      board('zcu102-b', {
        main: 'consoles: { main: { kind: tcp, host: h, port: 1 } }',
        power: "power: { kind: command, on: [sh, '1'], off: [sh, '2'] }",
        network: 'network: { board: 10.0.0.3, server: 10.0.0.1 }',
      }),
    );
    const projects = labProjects(suite, (name) => `out/${name}`);

    expect(projects.map(({ name }) => name)).toEqual(['zcu102-a', 'zcu102-b']);
    expect(projects[0]).toMatchObject({
      workers: 1,
      outputDir: 'out/zcu102-a',
      testIgnore: ['framework/**'],
      use: { boardName: 'zcu102-a' },
    });
  });

  test('without a lab file there is none', () => {
    delete process.env['CROSSPAGE_LAB'];

    expect(labProjects(suite, (name) => name)).toEqual([]);
  });
});

test('a lab file that is wrong ends the run with its faults, once, before anything starts', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a', { type: 'type: zcu103' }));
  const { code, stdout, stderr } = await runPlaywright(path, ['--project=framework', '--list']);

  expect(stdout).toBe('');
  expect(stderr.split('\n')).toEqual([
    `${path}: one fault; no board was touched`,
    '  look at: 4:11: boards.zcu102-a.type is "zcu103"; expected one of zcu102, kv260, ultra96, zcu102-virtual',
    '    4 |     type: zcu103',
    '      |           ^',
    '  to do: correct what is named: lib/lab/README.md describes every field; `npx crosspage lab check` looks again',
    '',
  ]);
  expect(code).toBe(2);
});

test('the tests of a parked board are skipped with the reason, in the report', async ({}, info) => {
  const path = writeLab(info, board('zcu102-a', { parked }));
  const args = ['--project=zcu102-a', 'tests/shared-memory/guest-device-tree.spec.ts'];
  const { code, stdout } = await runPlaywright(path, args);

  expect(stdout).toContain('zcu102-a is parked until 2999-01-01: the PHY is dead (#12)');
  expect(stdout).toContain('0 passed, 0 failed, 1 skipped');
  expect(code).toBe(0);
});
