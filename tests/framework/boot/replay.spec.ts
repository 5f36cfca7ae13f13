// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { replay, type Replay } from '../../../lib/boot/replay.ts';
import { Capture, type CaptureMark, readCapture } from '../../../lib/console/capture.ts';
import { MisuseError } from '../../../lib/support/errors.ts';

const boot = [
  '\x1b[0mXilinx Zynq MP First Stage Boot Loader ',
  'NOTICE:  BL31: Built : 12:00:00, Jan  1 2025',
  'U-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)',
  'Hit any key to stop autoboot:  0 ',
  'ZynqMP> booti 0x200000 - 0x14000000',
  '(XEN) Xen version 4.20.4 (a@b) (gcc) debug=y',
  '(XEN) DOM1: @xp a55288bd 0001 ready *00000000',
  '[    3.2] ttyPS0: 1 input overrun(s)',
].join('\r\n');
const panic = '\r\n(XEN) Panic on CPU 0:\r\n(XEN) Could not set up domain domU1 (rc = -22)\r\n';

/** Records what a board says, and gives the file. */
async function record(directory: string, said: readonly (string | CaptureMark)[]): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const file = `${directory}/main.capture.jsonl`;
  const capture = new Capture(file, 'zcu102-a');
  let say: (chunk: Uint8Array) => void = () => undefined;
  const tapped = capture.tap({ onData: (listener) => (say = listener), write: () => undefined });
  tapped.onData(() => undefined);
  tapped.write(Buffer.from([0x20, 0x03, 0xff]));
  for (const piece of said)
    if (typeof piece === 'string') say(Buffer.from(piece, 'latin1'));
    else capture.mark(piece);
  await capture.close();
  return file;
}

let replays = 0;
function again(file: string, directory: string, pieces?: readonly number[]): Promise<Replay> {
  const name = `${directory}/replay-${replays++}`;
  return replay(readCapture(file), { raw: `${name}.raw`, lines: `${name}.log` }, pieces);
}

test('a capture keeps every byte, its direction and its time', async ({}, { outputDir }) => {
  const every = Buffer.from(Array.from({ length: 256 }, (_unused, byte) => byte));
  const file = await record(outputDir, [every.toString('latin1'), { kind: 'epoch' }]);
  const { who, records, cut } = readCapture(file);

  expect({ who, cut }).toEqual({ who: 'zcu102-a', cut: false });
  expect(records).toMatchObject([
    { from: 'host', bytes: Buffer.from([0x20, 0x03, 0xff]) },
    { from: 'board', bytes: every },
    { mark: { kind: 'epoch' } },
  ]);
  expect(records[0]?.atMs).toBeLessThanOrEqual(records[2]?.atMs ?? 0);
});

test('a replay gives the events of the boot, in their order', async ({}, { outputDir }) => {
  const { events, error } = await again(await record(outputDir, [`${boot}\r\n`]), outputDir);

  expect(error).toBeUndefined();
  expect(events.map((event) => [event.line, event.kind])).toEqual([
    [1, 'started'],
    [2, 'started'],
    [3, 'started'],
    [6, 'started'],
    [7, 'lost-record'],
    [8, 'warning'],
  ]);
});

test('a replay dies as the run did, wherever its bytes are cut', async ({}, { outputDir }) => {
  const file = await record(outputDir, [boot, panic]);
  const whole = await again(file, outputDir);

  expect(whole.end).toBe(
    'zcu102-a: Xen died: Panic on CPU 0: Could not set up domain domU1 (rc = -22)',
  );
  expect(whole.verdict).toEqual({
    kind: 'panic',
    text: 'Could not set up domain domU1 (rc = -22)',
  });
  for (let size = 1; size <= 40; size++) {
    const { events, end, verdict, lines } = await again(file, outputDir, [size, 1]);
    const wanted = [whole.events, whole.end, whole.verdict, whole.lines];
    expect([events, end, verdict, lines], `pieces of ${size}`).toEqual(wanted);
  }
});

test('a run that was killed leaves a capture that is read to where it was cut', async ({}, {
  outputDir,
}) => {
  const file = await record(outputDir, [`${boot}\r\n`, panic]);
  const bytes = readFileSync(file).length;
  const whole = readCapture(file).records.length;
  for (let left = bytes - 1; left > 120; left -= 7) {
    truncateSync(file, left);
    const { records, cut } = readCapture(file);
    expect(records.length).toBeLessThan(whole);
    expect(cut || readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
  }
});

test('a reset is unexpected unless the capture says that it was wanted', async ({}, {
  outputDir,
}) => {
  const once = `${boot}\r\n`;
  const end = async (...said: (string | CaptureMark)[]): Promise<string | undefined> =>
    (await again(await record(outputDir, said), outputDir)).end;

  expect(await end(once, once)).toBe(
    'zcu102-a: unexpected reset: the first stage boot loader started again',
  );
  expect(await end(once, { kind: 'epoch' }, once)).toBeUndefined();
  expect(await end(once, { kind: 'expect-reset', windowMs: 5000 }, once)).toBeUndefined();
});

test('what is no capture is refused with its line', ({}, { outputDir }) => {
  mkdirSync(outputDir, { recursive: true });
  const file = `${outputDir}/x`;
  const header = '{"crosspageCapture":1,"who":"a","startedAt":"2026-01-01T00:00:00Z"}';
  for (const [text, message] of [
    ['hello\n', /is no capture of a console[^]*x:1/],
    [`${header}\n[1,"?","x"]\n`, /no record: \[1,"\?","x"\][^]*x:2/],
    [`${header}\n[1,"!",{"kind":"y"}]\n`, /no record/],
    [`${header}\n{"a":1}\n`, /no record/],
  ] as const) {
    writeFileSync(file, text);
    expect(() => readCapture(file)).toThrow(MisuseError);
    expect(() => readCapture(file)).toThrow(message);
  }
  expect(() => readCapture(`${outputDir}/none`)).toThrow(/cannot be read: ENOENT/);
});
