// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { readManifest } from '../../../lib/images/manifest.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { pause } from '../../../lib/support/deadline.ts';
import { endOf, env, runCli, startCli } from './run-cli.ts';

test('--help lists the verbs, the variables and the exit codes', async () => {
  const { code, stdout } = await runCli(['--help']);

  expect(code).toBe(0);
  for (const word of [
    'start',
    'test',
    'check',
    'bench',
    'mechanisms',
    'mutants',
    'soak',
    'doctor',
    'images',
    'CROSSPAGE_FLAVOUR',
    'CROSSPAGE_MUTATE',
    'CROSSPAGE_ATTACHMENTS',
  ]) {
    expect(stdout).toContain(word);
  }
  expect(stdout).toContain('3  the machine lacks something');
});

for (const [what, args, message] of [
  ['verb', ['bogus'], "error: unknown command 'bogus'"],
  ['option', ['images', 'list', '--bogus'], "error: unknown option '--bogus'"],
  ['image', ['images', 'build', 'bogus'], 'bogus: is not an image of Crosspage'],
] as const) {
  test(`an unknown ${what} ends with exit code 2`, async () => {
    const { code, stdout, stderr } = await runCli(args);

    expect(stderr.split('\n')[0]).toBe(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
}

test('mutants are listed whatever is chosen to be booted: nothing is run', async () => {
  const { code, stdout } = await runCli(['mutants', '--list'], env({ CROSSPAGE_MUTATE: 'typo' }));

  expect(stdout).toMatch(/^borrower-read-only\thypervisor\ta borrower cannot write$/m);
  expect(code).toBe(0);
});

test('a seed without a sample is wrong use: all mutants would be run', async () => {
  const { code, stderr } = await runCli(['mutants', '--seed', 'monday']);

  expect(stderr).toBe(
    'mutants --seed monday: picks nothing without --sample\n' +
      '  to do: run: npm run mutants -- --sample 5 --seed monday\n',
  );
  expect(code).toBe(2);
});

test('what the machine lacks ends with exit code 3', async ({}, info) => {
  const variables = env({ PATH: info.outputPath(), CROSSPAGE_IMAGES: info.outputPath('images') });
  const { code, stderr } = await runCli(['images', 'build', 'xen-debian'], variables);

  expect(stderr).toBe(
    'this machine: lacks tar, xz, dpkg-deb\n' +
      '  to do: as root, run: apt-get install --no-install-recommends tar xz-utils dpkg\n',
  );
  expect(code).toBe(3);
});

test('images list shows every image with its state', async ({}, info) => {
  const { code, stdout } = await runCli(
    ['images', 'list'],
    env({ CROSSPAGE_IMAGES: info.outputPath() }),
  );
  const rows = stdout.trimEnd().split('\n');
  const manifest = readManifest(placesOf({}).manifest);
  const flavours = Object.keys(manifest.hypervisors);
  const toolstacks = Object.keys(manifest.toolstacks);

  expect(code).toBe(0);
  expect(rows[0]).toMatch(/^name +version +state +size +sha256 +licence +source$/);
  expect(rows.slice(1).map((row) => row.split(' ')[0])).toEqual([
    'qemu',
    ...flavours.map((flavour) => `xen-${flavour}`),
    'probe-memory',
    'linux-dtbs',
    'linux',
    ...Object.keys(manifest.roots),
    ...toolstacks.map((name) => `toolstack-${name}`),
    'u-boot',
    'tftpd',
    'ser2net',
  ]);
  expect(stdout).toMatch(/^xen-debian +- +to download +- +- +GPL-2.0-only +Debian trixie's /m);
});

test('doctor names what a PATH lacks, and one command that cures it', async ({}, info) => {
  writeFileSync(info.outputPath('make'), '#!/bin/sh\necho GNU Make 4.3\n');
  writeFileSync(
    info.outputPath('qemu-system-aarch64'),
    '#!/bin/sh\necho QEMU emulator version 7.2.0\n',
  );
  for (const name of ['make', 'qemu-system-aarch64']) chmodSync(info.outputPath(name), 0o755);
  const variables = env({
    PATH: info.outputPath(),
    CROSSPAGE_IMAGES: info.outputPath('images'),
    CROSSPAGE_DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
  });
  const { code, stdout } = await runCli(['doctor'], variables);
  const cure = stdout.split('To do:\n')[1] ?? '';

  expect(stdout).toMatch(/^ok +make \(make\) +GNU Make 4.3 +yes$/m);
  expect(stdout).toMatch(/^FAULT +bison \(.*\) +not on PATH +yes +install bison$/m);
  expect(stdout).toMatch(/^note +qemu-system-aarch64 on PATH +7\.2\.0 \(.*\) +>= 9\.0 /m);
  expect(stdout).toMatch(/^note +Debian mirror +not reached: .*ECONNREFUSED.* +to download only$/m);
  expect(stdout).toMatch(
    /^FAULT +image xen-static-shm +to download +built +npx crosspage images build$/m,
  );
  expect(cure).toMatch(
    /^ {2}put on PATH what Debian has in: .*\bbison\b.*\bdevice-tree-compiler\b/,
  );
  expect(cure).not.toMatch(/\bmake\b/);
  expect(code).toBe(3);
});

test.describe('a build that is ended', () => {
  /** Starts a build whose `make` starts a compiler and waits; returns both pids once they run. */
  async function startBuild(info: TestInfo): Promise<{ child: ChildProcess; pids: number[] }> {
    const pidFile = info.outputPath('pids');
    const script = `sleep 60 & echo $$ $! >${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`;
    writeFileSync(info.outputPath('make'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const variables = env({
      PATH: [info.outputPath(), process.env['PATH']].join(delimiter),
      CROSSPAGE_IMAGES: info.outputPath('images'),
    });
    const child = startCli(['images', 'build', 'probe-memory'], variables);
    while (!existsSync(pidFile)) await pause(10);
    return { child, pids: readFileSync(pidFile, 'utf8').split(' ').map(Number) };
  }

  /** Whether the process runs; one that ended and was not waited for (Z) does not. */
  function runs(pid: number): boolean {
    const stat = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  }

  test('ends make and all that make started', async ({}, info) => {
    const { child, pids } = await startBuild(info);
    const ended = endOf(child);
    child.kill('SIGTERM');

    expect((await ended).code).toBe(143);
    await expect.poll(() => pids.filter(runs), { intervals: [10] }).toEqual([]);
  });

  test('ends make even when it is killed', async ({}, info) => {
    const { child, pids } = await startBuild(info);
    const [make = 0, compiler = 0] = pids;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;

    await expect.poll(() => runs(make), { intervals: [10] }).toBe(false);
    process.kill(compiler, 'SIGKILL');
  });
});
