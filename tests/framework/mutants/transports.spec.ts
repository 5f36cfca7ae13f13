// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import type { Transport } from '../../../lib/console/console.ts';
import { transportMutants } from '../../../lib/mutants/transports.ts';
import { RecordCounter } from '../../../lib/probe/records.ts';
import { crc32 } from '../../../lib/support/checksum.ts';
import { recordTag } from '../../../lib/probe/protocol.ts';

const run = '7f3a91c2';

function record(sequence: number, of = run): string {
  const body = `${recordTag} ${of} ${sequence.toString(16).padStart(4, '0')} note name=owner`;
  return `${body} *${crc32(new TextEncoder().encode(body)).toString(16).padStart(8, '0')}`;
}

const consoleText = (of = run): string =>
  [
    '(XEN) Brought up 2 CPUs',
    record(0, of),
    'a line',
    record(1, of),
    record(2, of),
    'end',
    '',
  ].join('\r\n');

/** What readers get when `text` comes through the faulty console in chunks of `size` bytes. */
function through(name: string, text: string, size: number): string {
  const mutant = transportMutants.find((candidate) => candidate.name === name);
  let feed: (chunk: Uint8Array) => void = () => undefined;
  const inner: Transport = { write: () => undefined, onData: (listener) => (feed = listener) };
  let heard = '';
  mutant?.wrap(inner).onData((chunk) => (heard += Buffer.from(chunk).toString('latin1')));
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) feed(bytes.subarray(at, at + size));
  return heard;
}

function lossOf(text: string): RecordCounter['loss'] {
  const counter = new RecordCounter(run);
  for (const line of text.split('\r\n')) counter.take(line);
  return counter.loss;
}

const sizes = [1, 7, 64, 4096];
const none = { received: 3, damaged: 0, missing: 0, repeated: 0, stale: 0 };

for (const [name, loss] of [
  ['console-loses-first-record', { ...none, received: 2, missing: 1 }],
  ['console-loses-later-record', { ...none, received: 2 }],
  ['console-repeats-record', { ...none, repeated: 3 }],
  ['console-flips-bit', { ...none, received: 2, damaged: 1, missing: 1 }],
  ['console-drops-byte', { ...none, received: 2, damaged: 1, missing: 1 }],
] as const)
  test(`${name} does that and no more, however the bytes are cut`, () => {
    for (const size of sizes) {
      const heard = through(name, consoleText(), size);
      expect(lossOf(heard)).toEqual(loss);
      expect(heard).toContain('(XEN) Brought up 2 CPUs\r\n');
      expect(heard.endsWith('end\r\n')).toBe(true);
    }
  });

test('console-replays shows whole records of another run', () => {
  const heard = through('console-replays', consoleText(), 7);

  expect(heard).toBe(consoleText('00000000'));
  expect(lossOf(heard)).toEqual({ ...none, received: 0, stale: 3 });
});

test('console-delays-record holds records back and nothing else', () => {
  const heard = through('console-delays-record', consoleText(), 64);

  expect(heard).toBe('(XEN) Brought up 2 CPUs\r\na line\r\nend\r\n');
});
