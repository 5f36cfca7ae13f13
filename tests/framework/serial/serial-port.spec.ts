// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { openLine } from '../../../lib/serial/open-line.ts';
import type { LineState, SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { openPty } from './pty.ts';

const soon = (): Deadline => Deadline.after(5000);
const serial = (path: string, more: object = {}) =>
  ({ kind: 'serial', path, baud: 115200, ...more }) as const;

function listen(line: SerialLine): { text: () => string; until: (text: string) => Promise<void> } {
  let heard = '';
  const looks = new Set<() => void>();
  line.onData((chunk) => {
    heard += Buffer.from(chunk).toString('latin1');
    for (const look of looks) look();
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (heard.includes(text)) resolve();
      };
      looks.add(look);
      look();
    });
  return { text: () => heard, until };
}

function nextState(line: SerialLine, wanted: LineState): Promise<Error | undefined> {
  return new Promise((resolve) => {
    line.onState((state, why) => {
      if (state === wanted) resolve(why);
    });
  });
}

test('every byte passes a serial port as it is, both ways', async () => {
  await using pty = await openPty();
  await using line = await openLine('board', serial(pty.path), soon());
  const every = Buffer.from(Array.from({ length: 256 }, (_unused, byte) => byte));
  const chunks: Buffer[] = [];
  const all = new Promise<void>((resolve) => {
    line.onData((chunk) => {
      chunks.push(Buffer.from(chunk));
      if (Buffer.concat(chunks).length >= every.length) resolve();
    });
  });
  line.write(every);
  pty.say(every);
  await pty.until((heard) => heard.length >= every.length);
  await all;

  expect(pty.heard).toEqual(every);
  expect(Buffer.concat(chunks)).toEqual(every);
});

test('a port is opened without modem control and does not hang up when it is closed', async () => {
  await using pty = await openPty();
  await using line = await openLine('board', serial(pty.path), soon());
  const settings = execFileSync('stty', ['-a', '-F', pty.path], { encoding: 'utf8' });

  expect(line.state).toBe('open');
  expect(settings).toMatch(/ clocal /);
  expect(settings).toMatch(/ -hupcl /);
  expect(settings).toContain('speed 115200 baud');
});

test('a port that is not there is named with those that are', async () => {
  const opening = openLine('main console of zcu102-a', serial('/dev/serial/by-id/none'), soon());

  await expect(opening).rejects.toThrow(
    /^main console of zcu102-a: there is no serial port \/dev\/serial\/by-id\/none\n {2}last seen: there (are|is).*\n {2}to do: plug it in/,
  );
});

test('a file that is no device is no serial port', async ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  writeFileSync(`${outputDir}/file`, '');

  await expect(openLine('board', serial(`${outputDir}/file`), soon())).rejects.toThrow(
    /is no serial port/,
  );
});

test('a port that another process reads is refused with its pid and command', async () => {
  await using pty = await openPty();
  await using cat = await OwnedProcess.start('/usr/bin/cat', [pty.path]);
  await expect
    .poll(() =>
      openLine('board', serial(pty.path), soon()).then(
        (line) => line.dispose().then(() => 'opened'),
        (error: unknown) => (error as Error).message,
      ),
    )
    .toContain(`${pty.path} is held by process ${cat.pid} (/usr/bin/cat ${pty.path})`);
});

test('a port that this process has open already is refused, under its other name too', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  await using pty = await openPty();
  await using line = await openLine('board', serial(pty.path), soon());
  symlinkSync(pty.path, `${outputDir}/by-id`);

  expect(line.state).toBe('open');
  await expect(openLine('other', serial(`${outputDir}/by-id`), soon())).rejects.toThrow(
    `held by this process ${process.pid}`,
  );
});

test('a port that is locked is refused though its holder is not to be seen', async () => {
  await using pty = await openPty();
  await using holder = await OwnedProcess.start('flock', [pty.path, 'sleep', '60']);
  const message = (): Promise<string> =>
    openLine('board', serial(pty.path), soon()).then(
      (line) => line.dispose().then(() => 'opened'),
      (error: unknown) => (error as Error).message,
    );

  await expect.poll(message).toContain(`held by process ${holder.pid}`);
});

test('a line whose device goes away says so, and why', async () => {
  await using pty = await openPty();
  await using line = await openLine('board', serial(pty.path), soon());
  const gone = nextState(line, 'gone');
  await pty.unplug();

  expect((await gone)?.message).toContain(`board: ${pty.path} went away: `);
  expect(line.state).toBe('gone');
});

test('a transient line that is not there yet opens when it comes', async ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  const path = `${outputDir}/serial/by-id/usb-FTDI`;
  await using line = await openLine('board', serial(path, { transient: true }), soon());
  expect(line.state).toBe('gone');
  const opened = nextState(line, 'open');
  mkdirSync(`${outputDir}/serial/by-id`, { recursive: true });
  await using pty = await openPty(path);
  await opened;
  const heard = listen(line);
  pty.say('hello');

  await heard.until('hello');
});

test('a transient line is open again after its device came back as another', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const path = `${outputDir}/tty`;
  await using first = await openPty(path);
  await using line = await openLine('board', serial(path, { transient: true }), soon());
  const heard = listen(line);
  const gone = nextState(line, 'gone');
  await first.unplug();
  await gone;
  line.write(Buffer.from('lost'));
  const opened = nextState(line, 'open');
  rmSync(path);
  await using second = await openPty(path);
  await opened;
  second.say('again');
  await heard.until('again');
  line.write(Buffer.from('kept'));
  await second.until((bytes) => bytes.length >= 4);

  expect(second.heard.toString()).toBe('kept');
});

test('what is written in chunks arrives whole and in its order', async () => {
  await using pty = await openPty();
  const pacing = { chunk: 3, delayMs: 2 };
  await using line = await openLine('board', serial(pty.path, { pacing }), soon());
  line.write(Buffer.from('setenv ipaddr '));
  line.write(Buffer.from('10.0.2.15\r'));
  await line.drained(soon());
  await pty.until((heard) => heard.includes('\r'));

  expect(pty.heard.toString()).toBe('setenv ipaddr 10.0.2.15\r');
});

test('modem lines that a port does not have are the lab’s fault', async () => {
  await using pty = await openPty();

  await expect(openLine('board', serial(pty.path, { dtr: false }), soon())).rejects.toThrow(
    /could not be opened at 115200 baud: [^]*leave `dtr` and `rts` out/,
  );
});

test('a port is free again for others once its line is disposed of', async () => {
  await using pty = await openPty();
  const first = await openLine('board', serial(pty.path), soon());
  await first.dispose();
  await first.dispose();
  await using second = await openLine('board', serial(pty.path), soon());

  expect(second.state).toBe('open');
});
