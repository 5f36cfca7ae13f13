// SPDX-License-Identifier: Apache-2.0
// Each way in which a boot fails is told apart, by its class and by its text.
import { rm, symlink, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import {
  EnvironmentError,
  type CrosspageError,
  MisuseError,
  SubjectError,
} from '../../../lib/support/errors.ts';
import { KiB } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import { boardWith, idleImage, meddledBoard, pair, processesWith } from './boards.ts';

/** The error with which a boot ends; fails the test if it does not, or leaves QEMU running. */
async function failureOf(
  boot: Promise<AsyncDisposable>,
  evidence: string,
): Promise<CrosspageError> {
  const error = await boot.then(
    async (system) => {
      await system[Symbol.asyncDispose]();
      throw new Error('the system came up');
    },
    (caught: unknown) => caught as CrosspageError,
  );
  expect(await processesWith(evidence)).toEqual([]);
  return error;
}

test('a Xen that panics: its own words', async ({}, { outputDir: evidence }) => {
  // The machine has no IOMMU to be forced.
  const spec = { ...pair, xen: { bootargs: ['iommu=force'] } };
  const error = await failureOf(bootSystem(boardWith(), spec, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toMatch(/^qemu-virt: Xen died: Panic on CPU 0: \S.+\n {2}last seen: /);
  expect(error.message).toContain('console.log:');
});

test('a machine that does not end either: told with why it did not come up', async ({}, info) => {
  const evidence = info.outputDir;
  const board = meddledBoard((machine) => {
    const dispose = machine.dispose.bind(machine);
    machine.dispose = async () => {
      await dispose();
      throw new EnvironmentError({ who: 'qemu-virt, power', what: 'is still on' });
    };
  });
  const spec = { ...pair, xen: { bootargs: ['iommu=force'] } };
  const error = await failureOf(bootSystem(board, spec, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toMatch(/^qemu-virt: Xen died: Panic on CPU 0: /);
  expect(error.message).toContain('\n  besides: qemu-virt, power: is still on');
});

test('a console that stays silent: 0 bytes', async ({}, { outputDir: evidence }) => {
  const spec = { ...pair, xen: { bootargs: ['dtuart=/nowhere'] } };
  const error = await failureOf(bootSystem(boardWith(), spec, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toContain('the console is silent: 0 bytes of Xen within 4000 ms');
});

test('a guest that never comes up, while Xen lives', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  const path = await idleImage(`${evidence}/idle.bin`);
  const board = boardWith({ probe: () => ({ path, sha256: 'none' }) });
  const error = await failureOf(bootSystem(board, pair, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toContain(
    'Xen is alive, but domains did not come up: owner (d1), which said nothing, borrower (d2), which said nothing',
  );
  expect(error.message).toMatch(/reached: started \d+ ms, xen \d+ ms/);
  // The idle image’s only instruction, and both are ready to run.
  expect(error.story.lastSeen).toMatch(
    /^owner: VCPU0: CPU\d \[has=[TF]\] .* pause_count=0 pause_flags=0$/m,
  );
  expect(error.story.lastSeen).toMatch(/: on CPU\d at PC: +0000000040000000$/m);
});

test('a guest that never comes up and has not what was planned', async ({}, {
  outputDir: evidence,
}) => {
  mkdirSync(evidence, { recursive: true });
  const path = await idleImage(`${evidence}/idle.bin`);
  const { domains, ...rest } = pair;
  const moved = { role: 'borrower', guestAddress: 0x5800_0000n } as const;
  const borrower = { probe: 'memory', maps: { mailbox: moved } } as const;
  // The board boots another plan than it was asked to.
  const board = boardWith({ probe: () => ({ path, sha256: 'none' }) });
  const start = board.start.bind(board);
  const other = planSystem({ ...rest, domains: { ...domains, borrower } }, board.layout);
  board.start = (order) => start({ ...order, plan: other });
  const error = await failureOf(bootSystem(board, pair, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toContain('Xen is alive, but domains did not come up: owner (d1)');
  expect(error.story.notAsPlanned).toContain('borrower');
  expect(error.message).toContain(`  not as planned: ${error.story.notAsPlanned?.split('\n')[0]}`);
});

test('a Xen that hangs on its way', async ({}, { outputDir: evidence }) => {
  const board = meddledBoard((machine) => {
    machine.console.transcript.onLine((line) => {
      if (line.text.includes('Brought up')) void machine.qmp.execute('stop');
    });
  });
  const error = await failureOf(bootSystem(board, pair, { evidence }), evidence);

  expect(error).toBeInstanceOf(SubjectError);
  expect(error.message).toContain('Xen hangs: it went silent and does not answer its debug keys');
});

test('a QEMU that is killed on the way', async ({}, { outputDir: evidence }) => {
  const board = meddledBoard((machine) => {
    machine.console.transcript.onLine((line) => {
      if (line.text.includes('Brought up')) process.kill(machine.pid, 'SIGKILL');
    });
  });
  const error = await failureOf(bootSystem(board, pair, { evidence }), evidence);

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain('QEMU ended by itself: signal SIGKILL');
  expect(error.message).toContain('Brought up');
});

test('an image that is none', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  const path = `${evidence}/xen`;
  await writeFile(path, 'not an image');
  const xen = { ...resolveImages().hypervisor(), path };
  const board = boardWith({ hypervisor: () => xen });
  const error = await failureOf(bootSystem(board, pair, { evidence }), evidence);

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain(
    `${path}: is not an image that can be booted: it has no arm64 Image header`,
  );
});

test('a QEMU that is not there', async ({}, { outputDir: evidence }) => {
  const qemu = { ...resolveImages().qemu(), path: '/nowhere/qemu' };
  const error = await failureOf(
    bootSystem(boardWith({ qemu: () => qemu }), pair, { evidence }),
    evidence,
  );

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain('/nowhere/qemu: could not be started');
});

test('a disk that is full', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  for (const name of ['host.dtb', 'boot.sh']) {
    await symlink('/dev/full', `${evidence}/${name}`);
    const error = await failureOf(bootSystem(boardWith(), pair, { evidence }), evidence);
    await rm(`${evidence}/${name}`);

    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(
      new RegExp(`${name}: could not be written: ENOSPC.*\\n.*free space in `),
    );
  }
});

test('a directory that cannot be made', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  await writeFile(`${evidence}/file`, '');
  const boot = bootSystem(boardWith(), pair, { evidence: `${evidence}/file/boot` });
  const error = await failureOf(boot, evidence);

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toMatch(/file\/boot: could not be made: ENOTDIR/);
});

test('a specification that cannot work starts nothing', async ({}, { outputDir: evidence }) => {
  const spec = { ...pair, machine: { memory: KiB(4) } };
  const error = await failureOf(bootSystem(boardWith(), spec, { evidence }), evidence);

  expect(error).toBeInstanceOf(MisuseError);
});
