// SPDX-License-Identifier: Apache-2.0
// What a console says before this run's boot is another's: a board that was left on, or what a
// serial server had still to deliver.
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { replay } from '../../../lib/boot/replay.ts';
import { Capture, readCapture } from '../../../lib/console/capture.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

const yesterdays = [
  'U-Boot 2024.10 (Oct 01 2024 - 00:00:00 +0000)',
  '(XEN) Xen version 4.17.5 (a@b) (gcc) debug=y',
  '(XEN) Panic on CPU 0:',
  '(XEN) Reboot in five seconds...',
  'U-Boot 2024.10 (Oct 01 2024 - 00:00:00 +0000)',
];
const ours = ['U-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)', '(XEN) Xen version 4.20.4 (a) b'];

interface Wire {
  readonly console: Console;
  readonly say: (text: string) => void;
}

function wire(directory: string): Wire {
  mkdirSync(directory, { recursive: true });
  const files = { raw: `${directory}/c.raw`, lines: `${directory}/c.log` };
  const line = { onData: () => undefined, write: () => undefined };
  const console = new Console('zcu102-a', line, new Transcript(files));
  const say = (text: string): void => {
    console.transcript.append(Buffer.from(text, 'latin1'));
  };
  return { console, say };
}

const whole = (lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');

const versionOf = (console: Console): Promise<string> =>
  console.waitFor(({ text }) => /(?:U-Boot|version) (\d+\.\d+)/.exec(text)?.[1], {
    deadline: Deadline.after(10_000),
    late: () => new Error('late'),
  });

test('deaths and resets of another boot are kept and do not end this one', async ({}, {
  outputDir,
}) => {
  const { console, say } = wire(outputDir);
  console.disregard();
  say(whole(yesterdays));
  console.beginEpoch();
  say(whole(ours));
  await console.provedAlive();

  expect(console.transcript.lines).toHaveLength(7);
  expect(console.lines.map(({ number }) => number)).toEqual([6, 7]);
  say(whole(['(XEN) Panic on CPU 0:']));
  await expect(console.provedAlive()).rejects.toThrow('Xen died: Panic on CPU 0:');
  await console.close();
});

test('who waits is not given a line of another boot', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  console.disregard();
  say(whole(yesterdays));
  console.beginEpoch();
  const found = versionOf(console);
  say(whole(ours));

  expect(await found).toBe('2025.01');
  await console.close();
});

for (const rest of ['ZynqMP> ', '[    1.25] a mess', 'ZynqMP> \x1b[', 'x\x1b]0;title'])
  test(`a line that power-off has cut is not the beginning of the next: ${JSON.stringify(rest)}`, async ({}, {
    outputDir,
  }) => {
    const { console, say } = wire(outputDir);
    console.disregard();
    say(rest);
    console.beginEpoch();
    say(whole(ours));

    expect(console.lines.map(({ text }) => text)).toEqual(ours);
    await console.close();
  });

test('a reset that was expected begins an epoch of its own', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  say(whole(yesterdays.slice(0, 2)));
  console.expectReset(60_000);
  say(whole(ours));

  expect(await versionOf(console)).toBe('2025.01');
  expect(console.lines.map(({ text }) => text)).toEqual(ours);
  await console.close();
});

test('a line is quiet once nothing comes, and told when it does not get so', async ({}, {
  outputDir,
}) => {
  const { console, say } = wire(outputDir);
  const humming = setInterval(() => {
    say('\xff');
  }, 1);

  expect(await console.isQuiet(100, Deadline.after(400))).toBe(false);
  clearInterval(humming);
  expect(await console.isQuiet(1, Deadline.after(10_000))).toBe(true);
  await console.close();
});

test('a replay judges what its boot has judged', async ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  const file = `${outputDir}/c.capture.jsonl`;
  const capture = new Capture(file, 'zcu102-a');
  let say: (chunk: Uint8Array) => void = () => undefined;
  capture
    .tap({ onData: (listener) => (say = listener), write: () => undefined })
    .onData(() => undefined);
  say(Buffer.from(whole(yesterdays)));
  capture.mark({ kind: 'epoch' });
  say(Buffer.from(whole(ours)));
  await capture.close();
  const files = { raw: `${outputDir}/again.raw`, lines: `${outputDir}/again.log` };

  expect(await replay(readCapture(file), files)).toMatchObject({ error: undefined, lines: 7 });
});
