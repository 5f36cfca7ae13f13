// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { crc32 } from '../../../lib/support/checksum.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../../../lib/support/errors.ts';
import { wire } from './bench.ts';

const soon = (): Deadline => Deadline.after(5000);
const xen = Buffer.from('an Image of Xen, more or less');
const order = { name: 'run/xen', address: 0x20_0000n, size: xen.length, crc32: crc32(xen) };

test('a command’s output comes without its echo, with its status', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  bench.fake.env.set('model', 'ZynqMP ZCU102 Rev1.0');
  bench.fake.begin();

  expect(await bench.uBoot.run('printenv model', soon())).toEqual({
    output: ['model=ZynqMP ZCU102 Rev1.0'],
    status: 0,
  });
  expect((await bench.uBoot.run('false', soon())).status).toBe(1);
  expect(await bench.uBoot.run('bogus', soon())).toEqual({
    output: ["Unknown command 'bogus' - try 'help'"],
    status: 1,
  });
});

test('a prompt inside what crc32 prints is no prompt', async ({}, { outputDir }) => {
  await using bench = wire(outputDir, { prompt: '=> ', pieces: [1] });
  bench.fake.begin();
  const { output, status } = await bench.uBoot.run('crc32 0x200000 0x10', soon());

  expect(status).toBe(0);
  expect(output).toEqual(['crc32 for 00200000 ... 0020000f ==> ecbb4b55']);
});

test('escape sequences and bracketed paste around a prompt do not hide it', async ({}, {
  outputDir,
}) => {
  await using bench = wire(outputDir);
  bench.fake.print('\x1b[?2004h\x1b[1;32m');
  bench.fake.begin('\x1b[0m');

  expect((await bench.uBoot.run('true', soon())).status).toBe(0);
});

test('a countdown is stopped and the prompt proved', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  const stopped = bench.uBoot.interruptAutoboot(soon());
  bench.fake.print('\n\nU-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)\n\n');
  bench.fake.print('Hit any key to stop autoboot:  2 ');
  bench.fake.begin('\b\b\b 0 \n');
  await stopped;

  expect(bench.fake.ran).toContain('true');
});

test('a message in the middle of the first prompt does not hide that there is one', async ({}, {
  outputDir,
}) => {
  const message = '[    1.234567] a message of elsewhere\n';
  for (const torn of [`ZynqMP${message}> `, `ZynqMP>${message} `]) {
    await using bench = wire(outputDir);
    const stopped = bench.uBoot.interruptAutoboot(soon());
    bench.fake.print('Hit any key to stop autoboot:  0 \n');
    bench.fake.print(torn);
    await stopped;

    expect(bench.fake.ran).toContain('true');
  }
});

test('a prompt after a boot command that ran is none to begin at', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  const stopped = bench.uBoot.interruptAutoboot(soon());
  bench.fake.print('Hit any key to stop autoboot:  0 \n');
  bench.fake.begin('No MMC device available\nBOOTP broadcast 1\nTFTP error\nNot retrying...\n');

  await expect(stopped).rejects.toBeInstanceOf(EnvironmentError);
  await expect(stopped).rejects.toThrow(
    /was not stopped in its countdown: it ran its boot command/,
  );
  expect(bench.fake.ran).not.toContain('true');
});

test('a countdown that never comes is the lab’s fault, with what was seen', async ({}, {
  outputDir,
}) => {
  await using bench = wire(outputDir);
  bench.fake.print('U-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)\nDRAM:  4 GiB\n');
  const stopped = bench.uBoot.interruptAutoboot(Deadline.after(50));

  await expect(stopped).rejects.toThrow(EnvironmentError);
  await expect(stopped).rejects.toThrow(
    /^zcu102-a: U-Boot did not come to its countdown in time\n.*\n {2}last seen: .*\n {4}2: DRAM: {2}4 GiB/,
  );
});

test('a file is loaded with its size and CRC checked', async ({}, { outputDir }) => {
  await using bench = wire(outputDir, { files: { 'run/xen': xen } });
  bench.fake.begin();
  await bench.uBoot.setNetwork(
    { ipaddr: '10.0.2.15', serverip: '10.0.2.2', tftpPort: 6969 },
    soon(),
  );
  await bench.uBoot.load(order, soon());
  await bench.uBoot.boot(0x20_0000n, 0x1400_0000n, soon());

  expect(bench.fake.env.get('tftpdstp')).toBe('6969');
  expect(bench.fake.ran).toContain('tftpboot 0x200000 run/xen');
  expect(bench.fake.ran.at(-1)).toBe('booti 0x200000 - 0x14000000');
});

const wrongFiles: readonly [string, Record<string, Uint8Array>, RegExp][] = [
  ['that is missing', {}, /did not load run\/xen by TFTP: TFTP error: 'File not found' \(1\)/],
  [
    'of yesterday',
    { 'run/xen': Buffer.from(xen).fill('y', 3, 4) },
    /loaded run\/xen with CRC [0-9a-f]{8} where the file has [0-9a-f]{8}/,
  ],
  [
    'that goes on after the right bytes',
    { 'run/xen': Buffer.concat([xen, xen]) },
    new RegExp(`loaded run/xen with ${2 * xen.length} bytes where the file has ${xen.length}`),
  ],
];
for (const [which, files, message] of wrongFiles)
  test(`a file ${which} is the lab’s fault`, async ({}, { outputDir }) => {
    await using bench = wire(outputDir, { files });
    bench.fake.begin();
    const loading = bench.uBoot.load(order, soon());

    await expect(loading).rejects.toThrow(EnvironmentError);
    await expect(loading).rejects.toThrow(message);
  });

test('a synchronous abort is the board’s fault, at once', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  bench.fake.begin();
  const running = bench.uBoot.run('crash', soon());

  await expect(running).rejects.toThrow(SubjectError);
  await expect(running).rejects.toThrow('"Synchronous Abort" handler, esr 0x96000010');
});

test('an Image that U-Boot refuses is no fault of the lab', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  bench.fake.begin();
  const booting = bench.uBoot.boot(0x20_0000n, 0x1400_0000n, soon());

  await expect(booting).rejects.toThrow(SubjectError);
  await expect(booting).rejects.toThrow(/did not start Xen: [^]*Bad Linux ARM64 Image magic!/);
});

test('what would save the environment, or is no line, is refused', async ({}, { outputDir }) => {
  await using bench = wire(outputDir);
  bench.fake.begin();
  for (const command of [
    'saveenv',
    'env save',
    'setenv a b; env erase',
    'a\nb',
    '',
    'x'.repeat(201),
  ])
    await expect(bench.uBoot.run(command, soon())).rejects.toThrow(MisuseError);

  expect(bench.fake.ran).toEqual([]);
});
