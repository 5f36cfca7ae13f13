// SPDX-License-Identifier: Apache-2.0
// What is read of a live machine's tables, against what Xen and the guests say of the same.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { askXen } from '../../../lib/boot/debug-keys.ts';
import type { System } from '../../../lib/boot/system.ts';
import { addressPattern, wordAt } from '../../../lib/probe/patterns.ts';
import { EnvironmentError, MisuseError } from '../../../lib/support/errors.ts';
import { PAGE } from '../../../lib/support/units.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { boardWith, idleImage, machineOf, pair } from './boards.ts';

const spec = {
  machine: { gic: 2 },
  sharedMemory: { region: { size: 5 * PAGE, hostAddress: 0x7000_3000n } },
  domains: {
    owner: { probe: 'memory', maps: { region: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { region: { role: 'borrower' } } },
  },
} as const satisfies SystemSpec;

/** Xen's own count of a domain's mappings by level (p2m_dump_info), from its answer to key q. */
function countedByXen(system: System, domid: number): number[] {
  const { lines } = system.machine.console.transcript;
  const start = lines.findIndex(({ text }) => text.includes(`p2m mappings for domain ${domid} `));
  const counts = lines
    .slice(start + 1, start + 4)
    .map(({ text }) => /mappings: (\d+)/.exec(text)?.[1]);
  return counts.map(Number);
}

test('the walker finds as many mappings of each level as Xen counts', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), spec, { evidence: outputDir });
  const maps = await system.stage2.maps();

  for (const { name, domid } of system.plan.domains) {
    const found = [0, 0, 0];
    for (const { level, count } of maps.get(name)?.entries ?? [])
      found[level - 1] = (found[level - 1] ?? 0) + count;
    expect(found).toEqual(countedByXen(system, domid));
  }
});

test('the frames that are found hold what the guest wrote', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), spec, { evidence: outputDir });
  const page = system.domain('owner').page('region');
  await page.write(addressPattern());

  const frames = await system.domain('borrower').page('region').stage2();
  frames.forEach((frame, index) => {
    const at = frame?.hostAddress ?? 0n;
    const word = system.machine.memory?.read(at, 8).readBigUInt64LE();
    expect(word).toBe(wordAt(addressPattern(), index * PAGE));
  });
});

test('a domain that has ended is named: nothing runs it any more', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });
  await system.domain('owner').powerOff();
  // By the time that Xen has told all of its state, no processor holds the domain's tables.
  expect(await askXen(system.machine, 5000)).toBe(true);
  const reading = system.stage2.map('owner');

  await expect(reading).rejects.toThrow(EnvironmentError);
  await expect(reading).rejects.toThrow(
    /no processor was found running owner within \d+ ms\n {2}reached: VMID \d+;/,
  );
});

test('whose a frame is can be told after a domain has ended that nobody looked at', async ({}, {
  outputDir,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });
  const [page] = await system.domain('owner').page('mailbox').stage2();
  await system.domain('borrower').powerOff();
  expect(await askXen(system.machine, 5000)).toBe(true);

  const whose = await system.stage2.whose(page?.hostAddress ?? 0n);

  expect(whose).toMatch(/^owner has it at guest address 0x[0-9a-f]+, as far as could be read$/);
});

test('a domain that hangs shows its tables all the same', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });
  await system.domain('owner').hang();

  expect((await system.stage2.map('owner')).entries.length).toBeGreaterThan(0);
});

test('what was known before a domain ended is known after it', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });
  const before = await system.stage2.map('owner');
  await system.domain('owner').powerOff();

  expect((await system.stage2.map('owner')).entries).toEqual(before.entries);
});

test('a QEMU that is killed while its registers are read ends the reading at once', async ({}, {
  outputDir,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });
  const reading = system.stage2.maps();
  process.kill(machineOf(system).pid, 'SIGKILL');

  await expect(reading).rejects.toThrow(/QEMU ended by itself: signal SIGKILL|went away/);
});

test('a domain that is not declared is a misuse', async ({}, { outputDir }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence: outputDir });

  await expect(system.stage2.map('nobody')).rejects.toThrow(MisuseError);
});

test('a boot that fails leaves the registers and what each domain has mapped', async ({}, {
  outputDir,
}) => {
  const probe = { path: await idleImage(join(outputDir, 'idle')), sha256: '0' };
  const board = boardWith({ probe: () => probe });
  await expect(bootSystem(board, pair, { evidence: outputDir })).rejects.toThrow(
    'Xen is alive, but domains did not come up',
  );

  expect(await readFile(join(outputDir, 'processors.txt'), 'utf8')).toMatch(
    /^CPU 0\n {2}PC {8}0x[0-9a-f]{16} [^]*CPU 1\n/,
  );
  expect(await readFile(join(outputDir, 'stage2.txt'), 'utf8')).toMatch(
    /domain owner\n {2}0x40000000-0x41ffffff -> 0x[0-9a-f]+-0x[0-9a-f]+ level 2 ram_rw: /,
  );
});
