// SPDX-License-Identifier: Apache-2.0
// The command as a user runs it, interrupted and run again, on QEMU.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { manyChanges, type Otherwise } from '../../../lib/bench/many-changes.ts';
import { endOf, runCli, startCli } from '../cli/run-cli.ts';

/** Writes a directory as a user has it. */
function directoryWith(path: string, otherwise: Otherwise): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'host.dts'), manyChanges(otherwise));
  return path;
}

test('the guilty change of many is found, after Ctrl-C too, and nothing is left of the way', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const good = directoryWith(join(outputDir, 'good'), { innocent: 0 });
  const bad = directoryWith(join(outputDir, 'bad'), {
    innocent: 15,
    borrower: { mailbox: { host: '0x60900000' } },
  });
  const before = [good, bad].map((path) => readFileSync(join(path, 'host.dts'), 'utf8'));
  const state = join(outputDir, 'state');
  const ends = ['--good', good, '--bad', bad, '--probe-kernels', '--directory', state];
  const command = ['bisect', 'config', ...ends, '--format', 'json'];

  const interrupted = startCli(command);
  interrupted.stderr?.on('data', (text: Buffer) => {
    if (text.toString().includes('step 2')) interrupted.kill('SIGINT');
  });
  expect((await endOf(interrupted)).code).toBe(130);
  const { code, stdout, stderr } = await runCli(command);

  expect(stderr).toContain('step 1');
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as {
    causes: { changes: { what: string; diff: string[] }[]; faults: { message: string }[] }[];
    runs: { all: { known: number; runs: number } };
    others: { verdict: string };
  };
  expect(report.causes).toHaveLength(1);
  expect(report.causes[0]?.changes).toMatchObject([
    { what: '/chosen/fusion/mailbox@50000000: xen,shared-mem' },
  ]);
  expect(report.causes[0]?.changes[0]?.diff.slice(-2)).toEqual([
    '-        xen,shared-mem = <0x60000000 0x50000000 0x1000>;',
    '+        xen,shared-mem = <0x60900000 0x50000000 0x1000>;',
  ]);
  expect(report.causes[0]?.faults[0]?.message).toContain('could not share the same shm ID');
  expect(report.others.verdict).toBe('good');
  expect(report.runs.all.known).toBeGreaterThanOrEqual(7);
  // Three halvings more; what the answer rests upon, three times each.
  expect(report.runs.all.runs).toBeLessThanOrEqual(11);
  expect([good, bad].map((path) => readFileSync(join(path, 'host.dts'), 'utf8'))).toEqual(before);
  expect([good, bad].flatMap((path) => readdirSync(path))).toEqual(['host.dts', 'host.dts']);
  // What is known, and the evidence of the cause.
  expect(readdirSync(state)).toHaveLength(2);
});
