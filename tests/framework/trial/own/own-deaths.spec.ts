// SPDX-License-Identifier: Apache-2.0
// Deaths under Xen as they are: of a Linux, of a domain by its own word, of the machine by its dom0.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../../lib/images/index.ts';
import { formatOwn } from '../../../../lib/trial/own/own-format.ts';
import type { OwnOutcome } from '../../../../lib/trial/own/own-outcome.ts';
import { runOwnTrial } from '../../../../lib/trial/own/own-trial.ts';
import { faultsOf } from '../../../../lib/trial/verdict.ts';
import { boardWith } from '../../boot/boards.ts';
import {
  idle,
  imageOf,
  powersOff,
  radarAt,
  scriptOf,
  sizeOf,
  subjectOf,
  treeOf,
  write,
  writePair,
} from './configuration.ts';

// A Linux boots in some seconds, emulated on a host that does other things too.
test.describe.configure({ timeout: 240_000 });

async function trial(directory: string, withinMs: number): Promise<OwnOutcome> {
  return runOwnTrial(await subjectOf(directory), {
    ...{ board: boardWith(), evidence: `${directory}/evidence`, flavour: 'early-console' },
    ...{ expected: [], withinMs },
  });
}

/**
 * SCHEDOP_shutdown with SHUTDOWN_crash (xen/include/public/sched.h), its argument behind the code:
 * `mov x16, #29; mov x0, #2; adr x1, . + 12; hvc #0xea1; b .; .word 3`.
 */
const crashes = imageOf(0xd280_03b0, 0xd280_0040, 0x1000_0061, 0xd401_d422, 0x1400_0000, 3);

test('a Linux that panics is told by its line, and a domain that reports its own crash as one that ended', async ({}, {
  outputDir,
}) => {
  const linux = { at: 0x4800_0000n, path: resolveImages().linux().path };
  write(outputDir, {
    'host.dts': treeOf({
      radar: {
        ...{ role: 'owner', kernel: linux.at, size: sizeOf(linux.path) },
        bootargs: 'console=ttyAMA0 root=/dev/nothing',
      },
      fusion: { kernel: radarAt, size: crashes.length, role: 'borrower' },
    }).replace('memory = <0 0x8000>', 'memory = <0 0x30000>'),
    'boot.cmd': scriptOf({ Image: linux.at, 'fusion.bin': radarAt }),
    Image: readFileSync(linux.path),
    'fusion.bin': crashes,
  });

  const outcome = await trial(outputDir, 120_000);

  expect(outcome.domains).toMatchObject([
    { name: 'radar', state: 'panicked', why: expect.stringContaining('Kernel panic') },
    { name: 'fusion', state: 'ended', why: expect.stringContaining('reports its own crash') },
  ]);
  expect(faultsOf(outcome)).toMatchObject([
    { assertion: 'radar: its kernel lives', where: expect.stringMatching(/host\.dts:\d+:5$/) },
  ]);
  expect(outcome.verdicts).toMatchObject([
    {
      verdict: 'not-tried',
      reason: expect.stringMatching(/^radar is not up: Kernel panic.*; fusion has ended itself$/),
    },
  ]);
});

test('a dom0 that powers off takes the machine with it, which is told with what was said', async ({}, {
  outputDir,
}) => {
  writePair(outputDir, { radar: idle, fusion: idle });
  const dom0At = 0x4600_0000n;
  const text = readFileSync(`${outputDir}/host.dts`, 'utf8').replace(
    / {4}radar \{/,
    `#address-cells = <1>;
    #size-cells = <1>;
    module@46000000 {
      compatible = "multiboot,kernel", "multiboot,module";
      reg = <0x46000000 ${powersOff.length}>;
    };
    radar {`,
  );
  write(outputDir, {
    'host.dts': text.replace('bootscrub=0', 'bootscrub=0 dom0_mem=64M'),
    'boot.cmd': scriptOf({
      ...{ 'radar.bin': radarAt, 'fusion.bin': 0x4400_0000n, 'dom0.bin': dom0At },
    }),
    'dom0.bin': powersOff,
  });

  const outcome = await trial(outputDir, 20_000);

  expect(outcome.boot.kind).toBe('up');
  expect(faultsOf(outcome).map(({ message }) => message)).toEqual([
    expect.stringMatching(/Hardware Dom0 halted/),
  ]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'not-tried' }]);
  expect(formatOwn(outcome, (path) => path)).toContain('not tried  mailbox');
});
