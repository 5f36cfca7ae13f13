// SPDX-License-Identifier: Apache-2.0
// What a boot on a board leaves of its consoles, and what a replay makes of it.
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { replay, type Replay } from '../../../lib/boot/replay.ts';
import { chaos } from '../../../lib/chaos/chaos.ts';
import { scenariosOf } from '../../../lib/chaos/scenarios.ts';
import { Capture, readCapture } from '../../../lib/console/capture.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';

async function replayOf(directory: string): Promise<Replay> {
  const capture = readCapture(join(directory, 'console.capture.jsonl'));
  const [raw, lines] = ['raw', 'log'].map((kind) => join(directory, `replay.${kind}`));
  return replay(capture, { raw: raw ?? '', lines: lines ?? '' });
}

test('a capture of a boot on a board comes to the same verdict again', async ({}, testInfo) => {
  test.setTimeout(300_000);
  const directory = testInfo.outputPath('chaos');
  const scenarios = scenariosOf(['nothing', 'reset-in-test']);
  const [well, reset] = await chaos({ scenarios, directory });
  expect([well?.seen.outcome, reset?.seen.outcome]).toEqual(['passes', 'subject']);

  const again = await replayOf(join(directory, 'nothing'));
  expect(again).toMatchObject({ who: 'zcu102-virtual', error: undefined, cut: false });
  const kinds = again.events.map(({ kind }) => kind);
  expect(kinds).toContain('record');
  expect(kinds).not.toContain('lost-record');
  const { records } = readCapture(join(directory, 'nothing/console.capture.jsonl'));
  expect(records.filter((record) => 'mark' in record)).toMatchObject([{ mark: { kind: 'epoch' } }]);
  const second = readCapture(join(directory, 'nothing/console-second.capture.jsonl'));
  expect(second.who).toBe('zcu102-virtual, console second');

  const { end } = await replayOf(join(directory, 'reset-in-test'));
  expect(end).toBe(reset?.seen.text.split('\n')[0]);
});

test('what is said of the machine is in the capture, in its place', async ({}, testInfo) => {
  const [raw, lines, file] = ['raw', 'log', 'jsonl'].map((kind) =>
    testInfo.outputPath(`console.${kind}`),
  ) as [string, string, string];
  const capture = new Capture(file, 'board');
  let say: (chunk: Uint8Array) => void = () => undefined;
  const line = capture.tap({ onData: (listener) => (say = listener), write: () => undefined });
  const console = new Console('board', line, new Transcript({ raw, lines }), undefined, (mark) => {
    capture.mark(mark);
  });
  console.beginEpoch();
  say(Buffer.from('one'));
  console.expectReset(500);
  say(Buffer.from('two'));
  await console.close();
  await capture.close();

  const { records } = readCapture(file);
  expect(records.map((record) => ('mark' in record ? record.mark : String(record.bytes)))).toEqual([
    { kind: 'epoch' },
    'one',
    { kind: 'expect-reset', windowMs: 500 },
    'two',
  ]);
});
