// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { isSpoiledRecord, readRecord, RecordCounter } from '../../../lib/probe/records.ts';
import { crc32 } from '../../../lib/support/checksum.ts';

function record(sequence: number, payload = 'name=owner', run = '7f3a91c2'): string {
  const body = `@xp ${run} ${sequence.toString(16).padStart(4, '0')} note ${payload}`;
  return `${body} *${crc32(Buffer.from(body)).toString(16).padStart(8, '0')}`;
}

test('CRC-32 is that of the check value of its catalogue', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf4_3926);
});

test('a record that arrives whole is read', () => {
  expect(readRecord(record(0x1f))).toEqual({
    is: 'record',
    record: { run: '7f3a91c2', sequence: 0x1f, kind: 'note', payload: 'name=owner' },
  });
});

test('any change of one character makes a record damaged or no record', () => {
  const whole = record(3);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 33, max: 126 }), (at, code) => {
      const changed = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1);
      fc.pre(changed !== whole);
      expect(readRecord(changed).is).not.toBe('record');
    }),
  );
});

test('a cut record is damaged', () => {
  expect(readRecord(record(3).slice(0, 30)).is).toBe('damaged');
});

test('lost, damaged, repeated and stale records are counted apart', () => {
  const counter = new RecordCounter('7f3a91c2');
  for (const line of [
    record(0),
    record(1),
    record(1),
    record(4),
    record(5).slice(0, -1),
    record(6, 'x', 'ffffffff'),
    'Brought up 2 CPUs',
  ])
    counter.take(line);

  expect(counter.loss).toEqual({ received: 3, damaged: 1, missing: 2, repeated: 1, stale: 1 });
});

test('records are followed beyond the end of their numbers', () => {
  const counter = new RecordCounter('7f3a91c2');
  for (let number = 0; number <= 0xfffe; number++) counter.take(record(number));
  // 0xffff is lost.
  expect(counter.take(record(0))?.sequence).toBe(0);
  expect(counter.take(record(0xfffe))).toBeUndefined();
  expect(counter.take(record(1))?.sequence).toBe(1);

  expect(counter.loss).toEqual({
    received: 0x1_0001,
    damaged: 0,
    missing: 1,
    repeated: 1,
    stale: 0,
  });
});

test('a record that came otherwise than it was sent is known by what is left of it', () => {
  const line = `(XEN) DOM1: ${record(3, 'box=0x40001000')}`;
  const spoiled = (text: string): boolean => isSpoiledRecord(text, '7f3a91c2');
  // Its tag has lost a character, and its payload another.
  expect(spoiled('(XEN) DOM1: @p 7f3a91c2 0000 ready name=owner tb=0x41e0 *ae7edeae')).toBe(true);
  expect(spoiled('(XEN) DOM1: @p 7f3a91c2 0000 ready name=owner *ae7ede')).toBe(true);
  for (let at = line.indexOf('@'); at < line.length; at++) {
    const lost = line.slice(0, at) + line.slice(at + 1);
    if (lost !== line) expect(spoiled(lost), lost).toBe(true);
  }
  for (const whole of [
    line,
    `(XEN) ${record(4)} `,
    // Xen's prefix where the vCPU went on on another CPU.
    `(XEN) ${record(5).slice(0, 20)}(XEN) ${record(5).slice(20)}`,
    'tftpboot 0x10000000 cp-7f3a91c2/xen',
    '(XEN) *** Serial input to DOM1 (type ...)',
    '(XEN) Latest ChangeSet: ',
  ])
    expect(spoiled(whole), whole).toBe(false);
});
