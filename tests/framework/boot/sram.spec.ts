// SPDX-License-Identifier: Apache-2.0
// Memory that is carved out leaves the hands of Xen's allocator; dom0 with a probe in it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { attemptBoot } from '../../../lib/boot/attempt.ts';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import { addressPattern, constantPattern } from '../../../lib/probe/patterns.ts';
import { QemuBoard } from '../../../lib/qemu/qemu-board.ts';
import { SubjectError } from '../../../lib/support/errors.ts';
import { hex, KiB, MiB } from '../../../lib/support/units.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { boardWith } from './boards.ts';

const hostAddress = 0x4a00_0000n;

/** 256 MiB of RAM, and a domain that needs most of it. */
const large: SystemSpec = {
  machine: { memory: MiB(256) },
  domains: { large: { probe: 'memory', memory: MiB(200) } },
};

test('a domain that fits into RAM does not once the bank is carved out of it', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), large, { evidence: `${evidence}/whole` });
  await system.domain('large').ping();

  const carved = { ...large, sram: { bank: { size: MiB(64), hostAddress } } };
  const outcome = await attemptBoot(boardWith(), carved, { evidence: `${evidence}/carved` });

  expect(outcome.kind).toBe('panic');
  expect(outcome.text).toMatch(/Failed to allocate|Could not set up/);
});

/** A board whose boot loader puts `file` at `address` too. */
async function boardThatLoads(
  directory: string,
  file: string,
  address: bigint,
): Promise<QemuBoard> {
  const { path, ...qemu } = resolveImages().qemu();
  const wrapper = `${directory}/qemu`;
  const loader = `loader,file=${file},addr=${hex(address)},force-raw=on`;
  await writeFile(wrapper, `#!/bin/sh\nexec '${path}' "$@" -device '${loader}'\n`, { mode: 0o755 });
  return new QemuBoard({
    name: 'qemu-virt',
    cache: directory,
    images: () => ({ ...resolveImages(), qemu: () => ({ ...qemu, path: wrapper }) }),
  });
}

test('Xen never writes to the bank and gives none of it to a domain that fills its RAM', async ({}, {
  outputDir: evidence,
}) => {
  const size = MiB(16);
  const word = 0x6b6e_6162_2d6d_6172n;
  await mkdir(evidence, { recursive: true });
  const poison = Buffer.alloc(size);
  for (let at = 0; at < size; at += 8) poison.writeBigUInt64LE(word, at);
  await writeFile(`${evidence}/poison`, poison);
  const board = await boardThatLoads(evidence, `${evidence}/poison`, hostAddress);
  const domains = {
    greedy: { probe: 'memory', memory: MiB(200) },
    reader: { probe: 'memory', sram: { bank: {} } },
  } as const;
  const machine = { memory: MiB(288) };

  await using system = await bootSystem(
    board,
    { machine, sram: { bank: { size, hostAddress } }, domains },
    { evidence },
  );
  // Behind its own image, as far as its device tree (xen/arch/arm/kernel.c, place_dtb_initrd).
  for (const [start, length] of [
    [0x4100_0000n, MiB(100)],
    [0x4900_0000n, MiB(50)],
  ] as const)
    await system.domain('greedy').at(start, length).write(constantPattern(~0n));

  expect(system.machine.memory?.read(hostAddress, size).equals(poison)).toBe(true);
  const finding = await system.domain('reader').page('bank').check(constantPattern(word));
  expect(finding).toMatchObject({ words: size / 8, bad: 0 });
  system.checkHealth();
});

const bank = { size: KiB(64) };

test('a bank that no IOMMU guards is not assigned unless it is forced', async ({}, {
  outputDir: evidence,
}) => {
  const domains = { left: { probe: 'memory', sram: { bank: { forceAssign: false } } } } as const;
  const boot = bootSystem(boardWith(), { sram: { bank }, domains }, { evidence });

  await expect(boot).rejects.toThrow(SubjectError);
  await expect(boot).rejects.toThrow('Panic on CPU 0: Could not set up domain left (rc = -22)');
  expect(await readFile(`${evidence}/console.log`, 'utf8')).toMatch(
    /Failed to assign device to d1\n.*Device tree generation failed/,
  );
});

const withDom0 = {
  sram: { bank },
  dom0: { probe: 'memory', sram: { bank: {} } },
  domains: { guest: { probe: 'memory', sram: { bank: {} } } },
} as const satisfies SystemSpec;

test('dom0 takes commands by the serial port alone', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), withDom0, {
    evidence,
    commandsBy: 'console',
  });

  const page = system.domain('dom0').page('bank');

  await page.store(8, 0x1234_5678_9abc_def0n);

  expect(await page.load(8)).toBe(0x1234_5678_9abc_def0n);
  const seen = system.machine.memory?.read(page.guestAddress, 16);
  expect(seen?.readBigUInt64LE(8)).toBe(0x1234_5678_9abc_def0n);
  system.checkHealth();
});

test('the account of a fault in dom0 is whole, though Xen does not say whose it is', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), withDom0, { evidence });
  const dom0 = system.domain('dom0');
  await dom0.client.request('fault', { budgetMs: 300 }).catch(() => undefined);

  await expect(dom0.ping()).rejects.toThrow(
    /domain dom0 \(d0\): its probe took a fault that nothing expected[^]*esr=0x[^]*elr=0x/,
  );
  await system.domain('guest').page('bank').write(addressPattern());
  expect(() => {
    system.checkHealth();
  }).toThrow(/domain dom0 \(d0\): its probe took a fault/);
});

test('a dom0 that powers off takes the machine with it', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), withDom0, { evidence });
  await system.domain('dom0').powerOff();
  await new Promise((resolve) => system.machine.fate.onDoom(resolve));

  await expect(system.domain('guest').ping()).rejects.toThrow('Hardware Dom0 halted');
  expect(() => {
    system.checkHealth();
  }).toThrow(SubjectError);
});
