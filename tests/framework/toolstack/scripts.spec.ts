// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  askScript,
  destroyScript,
  endedScript,
  findPanic,
  readReply,
} from '../../../lib/toolstack/scripts.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { mockXenStore, runShell } from './shell.ts';

test('a reply is its number, the exit code and what was printed', () => {
  expect(readReply('7 0 two\nlines')).toEqual({ code: 0, output: 'two\nlines' });
  expect(readReply('7 127')).toEqual({ code: 127, output: '' });
  expect(readReply('8 0 ')).toEqual({ code: 0, output: '' });
});

test('what is no reply is none, whatever it is', () => {
  expect(readReply('')).toBeUndefined();
  expect(readReply('xenstore-read: couldn’t read path')).toBeUndefined();
  fc.assert(
    fc.property(
      fc.string().map((noise) => `x${noise.replaceAll('\n', '')}`),
      (noise) => {
        expect(readReply(noise)).toBeUndefined();
      },
    ),
  );
});

test('a panic is found in the log of a console, without the line’s end', () => {
  const log = '[   12.3] sysrq: Trigger a crash\r\n[   12.4] Kernel panic - not syncing: why\r\n[';

  expect(findPanic(log)).toBe('Kernel panic - not syncing: why');
  expect(findPanic('no panic at all\n')).toBeUndefined();
});

/** What of a Linux domain's init takes commands: the rest needs to be process 1. */
function initLoop(): string {
  const init = readFileSync(join(placesOf({}).root, 'images/domu/root/init'), 'utf8');
  const [from, to] = [
    init.indexOf('last=\n'),
    init.indexOf("echo 'crosspage-domu: XenStore is gone'"),
  ];
  expect(Math.min(from, to)).toBeGreaterThan(0);
  return init.slice(from, to);
}

test.describe('dom0’s script and the domain’s init', () => {
  /** Runs both ends on one XenStore; `command` is what the domain is asked. */
  async function askDomain(directory: string, command: string, number = '1', seconds = '20') {
    const mock = mockXenStore(directory);
    const log = join(directory, 'console.log');
    writeFileSync(log, 'booted\n');
    // The two ends name the same values: the domain's are relative to its own.
    const names = `for end in request reply; do ln -sfn _local_domain_5_data_$end "$STORE/data_$end"; done; `;
    const writes = `xenstore-write() { shift; printf "%s" "$2" > "$STORE/_local_domain_5_$(echo "$1" | tr / _)"; }; `;
    const init = spawn('bash', ['-c', names + writes + initLoop()], {
      env: mock.env,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => init.once('exit', resolve));
    try {
      return await runShell(askScript, ['5', command, number, seconds, log], mock.env);
    } finally {
      rmSync(mock.store, { recursive: true });
      await ended;
    }
  }

  for (const [what, command, reply] of [
    ['what it prints', 'echo hello', { code: 0, output: 'hello' }],
    ['both outputs', 'echo out; echo err >&2', { code: 0, output: 'out\nerr' }],
    ['the exit code', 'exit 3', { code: 3, output: '' }],
    ['a command that is none', 'no-such-command 2> /dev/null', { code: 127, output: '' }],
  ] as const)
    test(`${what} comes back`, async ({}, { outputDir }) => {
      const { stdout } = await askDomain(outputDir, command, '41');

      expect(stdout).toMatch(/^41 /);
      expect(readReply(stdout)).toEqual(reply);
    });

  test('a reply to another request is not taken', async ({}, { outputDir }) => {
    const mock = mockXenStore(outputDir);
    writeFileSync(join(mock.store, '_local_domain_5_data_reply'), '1 0 old\n');
    const log = join(outputDir, 'console.log');
    writeFileSync(log, '');

    const { stdout } = await runShell(askScript, ['5', 'true', '2', '1', log], mock.env);

    expect(stdout).toBe('');
  });

  test('a panic on the console ends the wait', async ({}, { outputDir }) => {
    const mock = mockXenStore(outputDir);
    const log = join(outputDir, 'console.log');
    writeFileSync(log, 'Kernel panic - not syncing: why\n');
    // An hour, for which this test has no time.
    const { stdout } = await runShell(askScript, ['5', 'true', '1', '3600', log], mock.env);

    expect(stdout).toBe('');
  });
});

test('a domain that is there for as long as it is looked for is told by the exit code', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const there = mockXenStore(outputDir, { xl: 'exit 0', usleep: ':' });
  const gone = mockXenStore(join(outputDir, 'gone'), { xl: 'exit 1', usleep: ':' });

  expect((await runShell(endedScript('one', 3), [], there.env)).code).toBe(1);
  expect((await runShell(endedScript('one', 3), [], gone.env)).code).toBe(0);
});

test('what is left is told once the last page of a destroyed domain is free, and no domain of Xen’s is waited for', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const count = join(outputDir, 'lists');
  // Dying for two looks. The first domain is one that Xen made.
  const list =
    `[ "$1" = list ] || exit 0; echo x >> ${count}; echo "Domain-0 0"; echo "(null) 1"; ` +
    `[ $(wc -l < ${count}) -gt 2 ] || echo "(null) 3"`;
  const { env } = mockXenStore(outputDir, { xl: list, usleep: ':', 'xenstore-ls': 'echo /local' });

  const { code, stdout } = await runShell(destroyScript([3], 1), [], env);

  expect(stdout).toBe('Domain-0 0\n(null) 1\n/local\n');
  expect(code).toBe(0);
  expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\n');
});
