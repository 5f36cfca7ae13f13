// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { consoleFacts } from '../../../lib/console/console-facts.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { findBootBanner, findWarning, ResetWatch } from '../../../lib/xen/boot-banners.ts';
import { findDeath } from '../../../lib/xen/console-lines.ts';

const boot = [
  'Xilinx Zynq MP First Stage Boot Loader ',
  'NOTICE:  BL31: Built : 12:00:00, Jan  1 2025',
  'U-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)',
  '(XEN) Xen version 4.20.4 (a@b) (gcc) debug=y',
];

function wire(directory: string): { console: Console; say: (text: string) => void } {
  mkdirSync(directory, { recursive: true });
  const files = { raw: `${directory}/c.raw`, lines: `${directory}/c.log` };
  const console = new Console(
    'zcu102-a',
    { onData: () => undefined, write: () => undefined },
    new Transcript(files),
  );
  const say = (text: string): void => {
    console.transcript.append(Buffer.from(`${text}\r\n`));
  };
  return { console, say };
}

test('an ordinary boot has each program once, in its order', () => {
  const watch = new ResetWatch();

  expect(boot.map((line) => findBootBanner(line))).toEqual(['fsbl', 'tf-a', 'u-boot', 'xen']);
  expect(boot.map((line) => watch.take(line))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

for (const [at, line] of boot.entries())
  test(`a reset after Xen is seen at its first banner: ${line.trim()}`, async ({}, {
    outputDir,
  }) => {
    const { console, say } = wire(outputDir);
    boot.forEach(say);
    say(boot[at] ?? '');
    await expect(console.provedAlive()).rejects.toThrow(
      at === 3 ? /Xen booted a second time/ : /unexpected reset: .* started again/,
    );
    await console.close();
  });

test('a reset that is expected begins anew, the next one does not', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  boot.forEach(say);
  console.expectReset(60_000);
  boot.forEach(say);
  await console.provedAlive();
  say(boot[0] ?? '');

  await expect(console.provedAlive()).rejects.toThrow('unexpected reset');
  await console.close();
});

test('a new epoch knows nothing of the programs of the last one', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  boot.forEach(say);
  console.beginEpoch();
  boot.forEach(say);

  await console.provedAlive();
  await console.close();
});

test('text about U-Boot is no banner of it', () => {
  for (const line of ['ver=U-Boot 2025.01 (Jan 01 2025)', 'U-Boot,version', 'U-Boot 2025'])
    expect(findBootBanner(line)).toBeUndefined();
});

test('lost characters are a warning, and no death', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  say('[    3.2] ttyPS0: 1 input overrun(s)');
  say('(XEN) Xen WARN at common/x.c:12');
  await console.provedAlive();

  expect(console.warnings.map(({ number }) => number)).toEqual([1, 2]);
  console.noteDamage('U-Boot echoed sete');
  expect(consoleFacts(console)).toEqual({
    'console-warning': 'line 1: [    3.2] ttyPS0: 1 input overrun(s) (the first of 2)',
    'line-damage': 'U-Boot echoed sete',
  });
  expect(findWarning('all is well')).toBeUndefined();
  const second = new Map([['second', console]]);
  const { console: silent } = wire(join(outputDir, 'main'));
  expect(consoleFacts(silent, second)).toEqual({
    'console-warning': 'second, line 1: [    3.2] ttyPS0: 1 input overrun(s) (the first of 2)',
  });
  await silent.close();
  await console.close();
});

test('U-Boot’s aborts are deaths', () => {
  for (const line of [
    '"Synchronous Abort" handler, esr 0x96000010, far 0x0',
    'Bad mode in "Error" handler, esr 0xbf000002',
    '"Irq" handler, esr 0x0',
    '### ERROR ### Please RESET the board ###',
  ])
    expect(findDeath(line)).toMatchObject({ kind: 'u-boot-abort', fatal: true });
});
