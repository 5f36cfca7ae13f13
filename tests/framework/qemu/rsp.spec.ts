// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { encodePacket, type RspEvent, RspReader } from '../../../lib/qemu/rsp.ts';

const latin1 = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

/** The events of a stream that is cut at the given places. */
function read(stream: Buffer, cuts: readonly number[]): RspEvent[] {
  const reader = new RspReader();
  const places = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])];
  places.sort((a, b) => a - b);
  return places.slice(1).flatMap((end, index) => reader.push(stream.subarray(places[index], end)));
}

test('what is sent is read back, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(latin1, { maxLength: 5 }), fc.array(fc.nat()), (packets, cuts) => {
      const stream = Buffer.concat(packets.map((data) => encodePacket(data)));

      expect(read(stream, cuts)).toEqual(packets.map((data) => ({ is: 'packet', data })));
    }),
  );
});

test('a packet with a flipped bit is damaged, or another packet, never a crash', () => {
  fc.assert(
    fc.property(latin1, fc.nat(), fc.integer({ min: 0, max: 7 }), (data, at, bit) => {
      const stream = encodePacket(data);
      const place = at % stream.length;
      stream.writeUInt8(stream.readUInt8(place) ^ (1 << bit), place);

      // A flipped case bit in a checksum's digit means the same.
      const text = stream.toString('latin1');
      const lower = text.slice(0, -2) + text.slice(-2).toLowerCase();
      const same = lower === encodePacket(data).toString('latin1');
      if (!same) expect(read(stream, [])).not.toContainEqual({ is: 'packet', data });
    }),
  );
});

test('acknowledgements between packets are told, other bytes are not', () => {
  const stream = Buffer.from('+-xyz$OK#9a+');
  expect(read(stream, [])).toEqual([
    { is: 'ack' },
    { is: 'nack' },
    { is: 'packet', data: 'OK' },
    { is: 'ack' },
  ]);
});

test('a packet that is cut off gives way to the next', () => {
  expect(read(Buffer.from('$m4000$OK#9a'), [])).toEqual([{ is: 'packet', data: 'OK' }]);
});

test('run lengths are written out', () => {
  // Three more of the character before: 29 + 3 is a space.
  expect(read(Buffer.from('$0* #7a'), [])).toEqual([{ is: 'packet', data: '0000' }]);
});
