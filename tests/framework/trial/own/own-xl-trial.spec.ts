// SPDX-License-Identifier: Apache-2.0
// Kernels of a user's own that xl boots, in a Linux dom0.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../../lib/images/index.ts';
import { probeArguments } from '../../../../lib/probe/protocol.ts';
import type { OwnOutcome } from '../../../../lib/trial/own/own-outcome.ts';
import { runOwnTrial } from '../../../../lib/trial/own/own-trial.ts';
import type { ExpectedLine } from '../../../../lib/trial/own/voice.ts';
import { faultsOf } from '../../../../lib/trial/verdict.ts';
import { boardWith } from '../../boot/boards.ts';
import { powersOff, subjectOf, write } from './configuration.ts';

// A dom0 and a Linux beside it boot, emulated on a host that does other things too.
test.describe.configure({ timeout: 480_000 });

async function trial(
  directory: string,
  expected: readonly ExpectedLine[],
  withinMs: number,
): Promise<OwnOutcome> {
  return runOwnTrial(await subjectOf(directory), {
    ...{ board: boardWith(), evidence: `${directory}/evidence`, flavour: 'shared-memory' },
    ...{ expected, withinMs },
  });
}

const program = (): Buffer => readFileSync(resolveImages().probe('memory').path);

const owner = 'id=mailbox, begin=0x44000000, size=0x4000, role=owner';
const borrower = 'id=mailbox, begin=0x50000000, size=0x2000, offset=0x2000, role=borrower';

test('a Linux of xl and a program beside it run, and stage 2 shows what they share', async ({}, {
  outputDir,
}) => {
  const images = resolveImages();
  write(outputDir, {
    'radar.cfg': `name = "radar"
kernel = "/boot/Image"
ramdisk = "/boot/root.cpio"
extra = "console=hvc0"
memory = 160
disk = [ 'file:/srv/radar.img,xvda,w' ]
static_shm = [ "${owner}" ]
`,
    'fusion.cfg': `name = "fusion"
kernel = "fusion.bin"
extra = "${probeArguments('00c0ffee', 'fusion')}"
memory = 32
static_shm = [ "${borrower}" ]
`,
    'boot/Image': readFileSync(images.linux().path),
    'boot/root.cpio': readFileSync(images.root('domu').path),
    'fusion.bin': program(),
  });
  const expected = [
    { domain: 'radar', pattern: /^crosspage-domu: ready/ },
    { domain: 'fusion', pattern: /ready name=fusion/ },
  ];

  const outcome = await trial(outputDir, expected, 240_000);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.domains).toMatchObject([
    { name: 'radar', state: 'runs', files: [{ kind: 'kernel' }, { kind: 'ramdisk' }] },
    { name: 'fusion', state: 'runs', files: [{ kind: 'kernel' }] },
  ]);
  expect(outcome.verdicts).toMatchObject([
    {
      verdict: 'mapped',
      mapped: [
        expect.stringMatching(/^radar: guest 0x44000000-0x44003fff is host .*, ram_rw: /),
        expect.stringMatching(/^fusion: guest 0x50000000-0x50001fff is host .*, map_foreign_rw: /),
      ],
    },
  ]);
  expect(outcome.replaced.map(({ text }) => text)).toEqual([
    'disk is left out: the machine has nothing to back it',
  ]);
});

test('who has ended itself, and whom xl refuses, are told with the user’s lines', async ({}, {
  outputDir,
}) => {
  write(outputDir, {
    'radar.cfg': `name = "radar"\nkernel = "off.bin"\nmemory = 128\nstatic_shm = [ "${owner}" ]\n`,
    'fusion.cfg': `name = "fusion"\nkernel = "noise.bin"\nmemory = 32\nstatic_shm = [ "${borrower}" ]\n`,
    'off.bin': powersOff,
    'noise.bin': Buffer.alloc(8192, 0x55),
  });

  const outcome = await trial(outputDir, [], 1000);

  expect(outcome.domains).toMatchObject([
    { name: 'radar', state: 'ended' },
    { name: 'fusion', state: 'absent', domid: undefined },
  ]);
  expect(faultsOf(outcome)).toMatchObject([
    {
      assertion: expect.stringMatching(/^fusion: xl creates it \(/),
      where: expect.stringMatching(/fusion\.cfg:\d+:\d+$/),
    },
  ]);
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'not-tried', reason: expect.stringContaining('radar has ended itself; fusion is') },
  ]);
});
