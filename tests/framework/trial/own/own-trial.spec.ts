// SPDX-License-Identifier: Apache-2.0
// Kernels of a user's own under Xen, looked at from outside.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../../lib/images/index.ts';
import { formatOwn, ownAsJson } from '../../../../lib/trial/own/own-format.ts';
import type { OwnOutcome } from '../../../../lib/trial/own/own-outcome.ts';
import { runOwnTrial } from '../../../../lib/trial/own/own-trial.ts';
import type { ExpectedLine } from '../../../../lib/trial/own/voice.ts';
import { faultsOf } from '../../../../lib/trial/verdict.ts';
import { writeBlob } from '../../../../lib/dt/index.ts';
import { boardWith } from '../../boot/boards.ts';
import { bothSram, channelEnd, passingSource } from '../passed-trees.ts';
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

/** A bare-metal program like any other: it says a line, and then waits. */
const program = (): Buffer => readFileSync(resolveImages().probe('memory').path);

async function trial(
  directory: string,
  expected: readonly ExpectedLine[] = [],
  withinMs = 60_000,
): Promise<OwnOutcome> {
  return runOwnTrial(await subjectOf(directory), {
    ...{ board: boardWith(), evidence: `${directory}/evidence`, flavour: 'early-console' },
    ...{ expected, withinMs },
  });
}

test('kernels run as they are, and stage 2 shows who has which memory', async ({}, {
  outputDir,
}) => {
  const kernels = { radar: program(), fusion: program() };

  const outcome = await trial(writePair(outputDir, kernels), [
    { domain: 'radar', pattern: /ready name=radar/ },
    { domain: 'fusion', pattern: /ready name=fusion/ },
  ]);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.domains).toMatchObject([
    { name: 'radar', domid: 1, state: 'runs', lines: 1 },
    { name: 'fusion', domid: 2, state: 'runs', expected: [{ afterMs: expect.any(Number) }] },
  ]);
  expect(outcome.verdicts).toMatchObject([
    {
      verdict: 'mapped',
      mapped: [
        'radar: guest 0x50000000-0x50000fff is host 0x60000000-0x60000fff, ram_rw: normal-write-back, inner shareable, rw, execute',
        'fusion: guest 0x50000000-0x50000fff is host 0x60000000-0x60000fff, map_foreign_rw: normal-write-back, inner shareable, rw, no execute',
      ],
    },
  ]);
  expect(formatOwn(outcome, (path) => path)).toContain('No guest was seen to use it');
  expect(JSON.parse(ownAsJson(outcome))).toMatchObject({
    kernels: 'own',
    sharings: [{ verdict: 'mapped' }],
    domains: [{ name: 'radar', files: [{ kind: 'kernel', size: kernels.radar.length }] }, {}],
  });
});

test('a Linux and a program beside it: a line of each proves that it is up', async ({}, {
  outputDir,
}) => {
  const images = resolveImages();
  const linux = { at: 0x4800_0000n, path: images.linux().path };
  const ramdisk = { at: 0x4c00_0000n, path: images.root('domu').path };
  const module = `
      module@4c000000 {
        compatible = "multiboot,ramdisk", "multiboot,module";
        reg = <0x4c000000 ${sizeOf(ramdisk.path)}>;
      };`;
  const region = { role: 'owner' } as const;
  write(outputDir, {
    'host.dts': treeOf({
      radar: {
        ...region,
        kernel: linux.at,
        size: sizeOf(linux.path),
        properties: 'vpl011;',
        bootargs: 'console=ttyAMA0',
        nodes: module,
      },
      fusion: { kernel: radarAt, size: program().length, role: 'borrower' },
    }).replace('memory = <0 0x8000>', 'memory = <0 0x30000>'),
    'boot.cmd': scriptOf({ Image: linux.at, 'root.cpio': ramdisk.at, 'fusion.bin': radarAt }),
    Image: readFileSync(linux.path),
    'root.cpio': readFileSync(ramdisk.path),
    'fusion.bin': program(),
  });

  const outcome = await trial(
    outputDir,
    [
      { domain: 'radar', pattern: /^crosspage-domu: ready/ },
      { domain: 'fusion', pattern: /ready name=fusion/ },
    ],
    180_000,
  );

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.domains).toMatchObject([
    { name: 'radar', state: 'runs', files: [{ kind: 'kernel' }, { kind: 'ramdisk' }] },
    { name: 'fusion', state: 'runs' },
  ]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'mapped' }]);
});

test('who says nothing, who has ended itself, and a line that does not come are told', async ({}, {
  outputDir,
}) => {
  writePair(
    outputDir,
    { radar: idle, fusion: powersOff },
    { radar: { properties: '' }, fusion: { properties: 'vpl011;' } },
  );

  const outcome = await trial(outputDir, [{ domain: 'radar', pattern: /^up$/ }], 1000);

  expect(outcome.domains).toMatchObject([
    { name: 'radar', state: 'runs', lines: 0, mute: expect.stringContaining('no vpl011') },
    { name: 'fusion', state: 'ended', lines: 0, mute: undefined },
  ]);
  expect(faultsOf(outcome)).toMatchObject([
    {
      assertion: 'radar: it says /^up$/',
      message: 'no line of its consoles did within 1 s; it said nothing',
      where: expect.stringMatching(/host\.dts:\d+:5$/),
    },
  ]);
  expect(outcome.verdicts).toMatchObject([
    { verdict: 'not-tried', reason: 'fusion has ended itself' },
  ]);
});

test('regions at the same guest address are told by what is mapped', async ({}, { outputDir }) => {
  const other = (role: string, guest: string): string => `
      other@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "log";
        xen,shared-mem = <0x60100000 ${guest} 0x1000>;
      };`;
  writePair(
    outputDir,
    { radar: idle, fusion: idle },
    {
      radar: { nodes: other('owner', '0x50000000') },
      fusion: { nodes: other('borrower', '0x50100000') },
    },
  );

  const outcome = await trial(outputDir);

  expect(outcome.boot.kind).toBe('up');
  expect(outcome.verdicts.map(({ verdict }) => verdict)).toContain('fails');
  expect(faultsOf(outcome).map(({ assertion }) => assertion)).toContainEqual(
    expect.stringMatching(/^(?:mailbox|log): radar has it mapped as written$/),
  );
});

test('a tree that Xen refuses is told with its reason, and nothing is looked at', async ({}, {
  outputDir,
}) => {
  writePair(outputDir, { radar: idle, fusion: idle });
  const text = readFileSync(`${outputDir}/host.dts`, 'utf8');
  write(outputDir, { 'host.dts': text.replace('0x50000000 0x1000', '0x50000000 0x2000') });

  const outcome = await trial(outputDir);

  expect(outcome.boot.kind).toBe('panic');
  expect(outcome.domains).toEqual([]);
  expect(outcome.verdicts).toMatchObject([{ verdict: 'not-tried' }]);
  expect(faultsOf(outcome)[0]?.message).toContain('could not share the same shm ID mailbox');
});

test('a part of dom0’s is not looked at, where that has no kernel', async ({}, { outputDir }) => {
  writePair(outputDir, { radar: idle, fusion: idle });
  const text = readFileSync(`${outputDir}/host.dts`, 'utf8').replace(
    / {4}radar \{/,
    `    shm@60000000 {
      compatible = "xen,domain-shared-memory-v1";
      role = "borrower";
      xen,shm-id = "mailbox";
      xen,shared-mem = <0 0x60000000 0 0x60000000 0 0x1000>;
    };
    radar {`,
  );
  write(outputDir, { 'host.dts': text });

  const outcome = await trial(outputDir, [], 1000);

  expect(outcome.verdicts).toMatchObject([
    { verdict: 'not-tried', reason: 'dom0 has no kernel, and is not booted' },
  ]);
});

test('a kernel that Xen does not take is told in Xen’s words', async ({}, { outputDir }) => {
  writePair(outputDir, { radar: idle, fusion: Buffer.alloc(4096, 0x55) });

  const outcome = await trial(outputDir);

  expect(outcome.boot.kind).toBe('panic');
  expect(faultsOf(outcome)[0]?.assertion).toContain('the system comes up (panic: ');
});

test('where files of the user’s lie in the way of Xen’s, all is moved', async ({}, {
  outputDir,
}) => {
  const spins = imageOf(0x1400_0000);
  write(outputDir, {
    'host.dts': treeOf({ radar: { kernel: 0x4030_0000n, size: spins.length } }),
    'boot.cmd': scriptOf({ 'radar.bin': 0x4030_0000n }),
    'radar.bin': spins,
  });

  const outcome = await trial(outputDir);

  expect(outcome.moved).toBe(0x4000_0000n);
  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.domains).toMatchObject([{ state: 'runs' }]);
});

test('memory by partial device trees has its place here, and is looked at with all else', async ({}, {
  outputDir,
}) => {
  const radar = channelEnd('a', 10, '&b');
  const fusion = channelEnd('b', 11, '&a');
  const host = passingSource({ radar, fusion })
    .replaceAll('vwfi=native', 'vwfi=native bootscrub=0')
    .replaceAll('cpus = <1>;', 'cpus = <1>; vpl011;');
  const [ofRadar, ofFusion] = bothSram.map(({ source }) => writeBlob(source.tree));
  write(outputDir, {
    'host.dts': host,
    'boot.cmd': scriptOf({
      'program.bin': 0x200_0000n,
      'radar.dtb': 0x500_0000n,
      'fusion.dtb': 0x600_0000n,
    }),
    'program.bin': program(),
    'radar.dtb': ofRadar ?? '',
    'fusion.dtb': ofFusion ?? '',
  });

  const outcome = await trial(outputDir);

  expect(faultsOf(outcome)).toEqual([]);
  expect(outcome.verdicts).toMatchObject([
    {
      verdict: 'mapped',
      sharing: { id: 'xen,reg 0xfffc0000', parties: [{ hostAddress: 0xfffc_0000n }, {}] },
      mapped: [
        expect.stringMatching(/^radar: guest 0x50000000-0x50003fff is host 0x.*, mmio_direct_dev/),
        expect.stringMatching(/^fusion: guest 0x52000000-0x52001fff is host 0x.*, mmio_direct_dev/),
      ],
    },
  ]);
  expect(outcome.channels).toMatchObject([
    { verdict: 'not-tried', reason: expect.stringContaining('nobody signals by it from outside') },
  ]);
  expect(outcome.replaced.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^host address 0xfffc0000 is RAM at 0x[0-9a-f]+ here, xen,path/),
  );
});
