// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  encodeData,
  encodeOption,
  encodeSuboption,
  TelnetDecoder,
  type TelnetEvent,
  type Verb,
} from '../../../lib/serial/telnet.ts';

const [WILL, WONT, BINARY] = [251, 252, 0];

/** Neighbouring data in one piece, however the stream was cut. */
function merged(events: readonly TelnetEvent[]): TelnetEvent[] {
  const whole: TelnetEvent[] = [];
  for (const event of events) {
    const last = whole.at(-1);
    if (event.kind === 'data' && last?.kind === 'data')
      whole[whole.length - 1] = {
        kind: 'data',
        bytes: Uint8Array.from([...last.bytes, ...event.bytes]),
      };
    else whole.push(event);
  }
  return whole;
}

function decode(bytes: Uint8Array, cuts: readonly number[]): TelnetEvent[] {
  const decoder = new TelnetDecoder();
  const within = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...within, bytes.length];
  return merged(
    edges.slice(1).flatMap((edge, index) => decoder.push(bytes.subarray(edges[index], edge))),
  );
}

const bytes = fc.uint8Array({ maxLength: 40 }).map((some) =>
  // IAC, CR and NUL are the bytes that have a meaning.
  some.map((byte) => (byte % 5 === 0 ? 255 : byte % 7 === 0 ? 13 : byte % 11 === 0 ? 0 : byte)),
);
const verb = fc.constantFrom<Verb>('WILL', 'WONT', 'DO', 'DONT');
const event: fc.Arbitrary<TelnetEvent> = fc.oneof(
  bytes.map((some) => ({ kind: 'data' as const, bytes: some })),
  fc.record({
    kind: fc.constant('option' as const),
    verb,
    option: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({
    kind: fc.constant('suboption' as const),
    option: fc.integer({ min: 0, max: 254 }),
    bytes,
  }),
);

function encode(events: readonly TelnetEvent[], binary: boolean): Uint8Array {
  const parts = events.map((one) => {
    if (one.kind === 'data') return encodeData(one.bytes, binary);
    if (one.kind === 'option') return encodeOption(one.verb, one.option);
    return encodeSuboption(one.option, [...one.bytes]);
  });
  return Buffer.concat([Uint8Array.from([255, binary ? WILL : WONT, BINARY]), ...parts]);
}

for (const binary of [true, false])
  test(`what is encoded is decoded again however it is cut, ${binary ? 'binary' : 'with CR NUL'}`, () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat(2000)), (events, cuts) => {
        const [, ...rest] = decode(encode(events, binary), cuts);
        const wanted = events.filter((one) => one.kind !== 'data' || one.bytes.length > 0);
        expect(rest).toEqual(merged(wanted));
      }),
    );
  });

test('no stream of bytes makes the decoder stumble, and every split gives the same events', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ min: 235, maxLength: 200 }),
      fc.array(fc.nat(400)),
      (some, cuts) => {
        expect(decode(some, cuts)).toEqual(decode(some, []));
      },
    ),
  );
});

test('commands without a parameter are no data', () => {
  expect(decode(Uint8Array.from([97, 255, 241, 98, 255, 249, 99]), [])).toEqual([
    { kind: 'data', bytes: Uint8Array.from([97, 98, 99]) },
  ]);
});
