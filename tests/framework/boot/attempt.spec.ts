// SPDX-License-Identifier: Apache-2.0
// A boot that is meant to go wrong: an outcome instead of an error, and nothing left running.
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { attemptBoot } from '../../../lib/boot/attempt.ts';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { setNode, setProperty } from '../../../lib/dt/index.ts';
import { expect as crosspageExpect } from '../../../lib/matchers/index.ts';
import { EnvironmentError, MisuseError } from '../../../lib/support/errors.ts';
import { KiB } from '../../../lib/support/units.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { boardWith, idleImage, meddledBoard, pair, processesWith } from './boards.ts';

const twoOwners = {
  ...pair,
  domains: { ...pair.domains, borrower: pair.domains.owner },
} satisfies SystemSpec;

test('a specification that is refused elsewhere is booted, and its panic is a value', async ({}, {
  outputDir: evidence,
}) => {
  await expect(bootSystem(boardWith(), twoOwners, { evidence })).rejects.toThrow(MisuseError);

  const outcome = await attemptBoot(boardWith(), twoOwners, { evidence });

  expect(outcome).toMatchObject({
    kind: 'panic',
    text: 'Could not set up domain borrower (rc = -22)',
    log: join(evidence, 'console.log'),
  });
  expect(outcome.console.at(-1)).toContain('Reboot in five seconds');
  expect(await processesWith(evidence)).toEqual([]);
});

test('a system that comes up is left running for who asked', async ({}, {
  outputDir: evidence,
}) => {
  const outcome = await attemptBoot(boardWith(), pair, { evidence });

  if (outcome.kind !== 'up') throw new Error(outcome.kind);
  expect(await processesWith(evidence)).toHaveLength(1);
  await outcome.system.domain('owner').ping();
  await outcome.system.dispose();
  expect(await processesWith(evidence)).toEqual([]);
});

test('the device tree is booted as edited, with files in their places', async ({}, {
  outputDir: evidence,
}) => {
  const places: string[] = [];
  const outcome = await attemptBoot(boardWith(), pair, {
    evidence,
    files: { extra: Uint8Array.of(1, 2, 3) },
    edit: (tree, known) => {
      places.push(...known.keys());
      return setNode(tree, '/chosen/owner/shm', (shm) => setProperty(shm, 'role', 'master'));
    },
  });

  expect(outcome.kind).toBe('silent');
  expect(places).toEqual(['xen', 'probe', 'host.dtb', 'trampoline.bin', 'extra']);
  expect(await readFile(join(evidence, 'host.dts'), 'utf8')).toContain('role = "master"');
  expect([...(await readFile(join(evidence, 'extra')))]).toEqual([1, 2, 3]);
  expect(await readFile(join(evidence, 'boot.sh'), 'utf8')).toContain('/extra,addr=');
});

test('only the awaited domains have to come up', async ({}, { outputDir: evidence }) => {
  const small = { ...pair.domains.borrower, vcpus: 1 };
  const outcome = await attemptBoot(
    boardWith(),
    { ...pair, domains: { owner: pair.domains.owner, small } },
    {
      evidence,
      awaited: ['owner'],
      // Without boot arguments its probe does not know its name.
      edit: (tree) =>
        setNode(tree, '/chosen/small/module', (module) => setProperty(module, 'bootargs', '')),
    },
  );

  if (outcome.kind !== 'up') throw new Error(outcome.kind);
  expect([...outcome.system.domains.keys()]).toEqual(['owner']);
  outcome.system.checkHealth();
  await outcome.system.dispose();
});

test('a domain that does not come up is told from a hang', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  const path = await idleImage(`${evidence}/idle.bin`);
  const board = boardWith({ probe: () => ({ path, sha256: 'none' }) });

  expect((await attemptBoot(board, pair, { evidence })).kind).toBe('domain-down');

  const stopped = meddledBoard((machine) => {
    machine.console.transcript.onLine((line) => {
      if (line.text.includes('Brought up')) void machine.qmp.execute('stop');
    });
  });
  expect((await attemptBoot(stopped, pair, { evidence })).kind).toBe('hang');
});

test('what the host lacks is no outcome', async ({}, { outputDir: evidence }) => {
  const board = boardWith({
    hypervisor: () => {
      throw new EnvironmentError({ who: 'xen-none', what: 'has not been built' });
    },
  });
  await expect(attemptBoot(board, pair, { evidence })).rejects.toThrow(EnvironmentError);

  const killed = meddledBoard((machine) => {
    machine.console.transcript.onLine((line) => {
      if (line.text.includes('Brought up')) process.kill(machine.pid, 'SIGKILL');
    });
  });
  await expect(attemptBoot(killed, pair, { evidence })).rejects.toThrow(EnvironmentError);
});

test('an outcome that differs is told with what was expected and the last lines', async ({}, {
  outputDir: evidence,
}) => {
  const spec = { domains: { small: { probe: 'memory', memory: KiB(64) } } } as const;
  const outcome = await attemptBoot(boardWith(), spec, { evidence });
  const judge = (): void => {
    crosspageExpect(outcome).toComeOutAs({ kind: 'bug', text: 'page_alloc.c' });
  };

  expect(judge).toThrow(/^expect\(boot\)\.toComeOutAs\(bug\): it came out as panic: Not enough/);
  expect(judge).toThrow(/\n {2}expected {2}bug "page_alloc.c"\n {2}last lines/);
  expect(judge).toThrow(/Reboot in five seconds[^]*console {3}\S*console.log$/);
});
