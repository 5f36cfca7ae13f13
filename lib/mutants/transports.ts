// SPDX-License-Identifier: Apache-2.0
/** Faults of a console: what comes from the machine is changed before anybody reads it. */
import type { Transport } from '../console/console.ts';
import { recordTag } from '../probe/protocol.ts';
import { crc32 } from '../support/checksum.ts';

/** A fault of a console. */
export interface TransportMutant {
  readonly name: string;
  readonly what: string;
  readonly survives?: { readonly because: 'equivalent'; readonly argument: string };
  readonly wrap: (inner: Transport) => Transport;
}

type Emit = (chunk: Buffer) => void;

/** What becomes of one whole line, its end included; `number` counts those with a record from 1. */
type LineFault = (line: Buffer, emit: Emit, number: number) => void;

/** Hands whole lines with a record to `fault`, and passes other lines on when they are whole. */
function perRecord(fault: () => LineFault): (inner: Transport) => Transport {
  return (inner) => ({
    write: (bytes) => {
      inner.write(bytes);
    },
    onData: (listener) => {
      const act = fault();
      let held = Buffer.alloc(0);
      let records = 0;
      inner.onData((chunk) => {
        held = Buffer.concat([held, chunk]);
        for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
          const line = held.subarray(0, end + 1);
          held = held.subarray(end + 1);
          if (line.includes(`${recordTag} `)) act(line, listener, ++records);
          else listener(line);
        }
      });
    },
  });
}

const delayMs = 300;

const recordForm = new RegExp(`(${recordTag} )[0-9a-f]{8}( .*) \\*[0-9a-f]{8}`);

/** The line as an earlier boot of the same system said it: whole, but of another run. */
function ofYesterday(line: Buffer): Buffer {
  const text = line.toString('latin1').replace(recordForm, (_whole, tag: string, rest: string) => {
    const body = `${tag}00000000${rest}`;
    return `${body} *${crc32(Buffer.from(body, 'latin1')).toString(16).padStart(8, '0')}`;
  });
  return Buffer.from(text, 'latin1');
}

/** The faults of consoles. */
export const transportMutants: readonly TransportMutant[] = [
  {
    name: 'console-loses-first-record',
    what: 'the console loses the first line with a record',
    wrap: perRecord(() => (line, emit, number) => {
      if (number > 1) emit(line);
    }),
  },
  {
    name: 'console-loses-later-record',
    what: 'the console loses the third line with a record',
    wrap: perRecord(() => (line, emit, number) => {
      if (number !== 3) emit(line);
    }),
  },
  {
    name: 'console-repeats-record',
    what: 'the console repeats each line with a record',
    wrap: perRecord(() => (line, emit) => {
      emit(line);
      emit(line);
    }),
  },
  {
    name: 'console-delays-record',
    what: 'the console delays each line with a record, and other lines overtake it',
    survives: {
      because: 'equivalent',
      argument:
        'every line arrives, whole and once, and records of one domain keep their order: a console may be slow',
    },
    wrap: perRecord(() => (line, emit) => {
      const copy = Buffer.from(line);
      setTimeout(() => {
        emit(copy);
      }, delayMs);
    }),
  },
  {
    name: 'console-flips-bit',
    what: 'the console flips a bit in the second line with a record',
    wrap: perRecord(() => (line, emit, number) => {
      const copy = Buffer.from(line);
      const at = copy.lastIndexOf('*') - 2;
      if (number === 2) copy.writeUInt8(copy.readUInt8(at) ^ 0x01, at);
      emit(copy);
    }),
  },
  {
    name: 'console-drops-byte',
    what: 'the console drops a byte of the second line with a record',
    wrap: perRecord(() => (line, emit, number) => {
      const at = line.indexOf(recordTag) + recordTag.length + 3;
      const cut = Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]);
      emit(number === 2 ? cut : line);
    }),
  },
  {
    name: 'console-replays',
    what: 'the console shows an earlier boot in place of this one',
    wrap: perRecord(() => (line, emit) => {
      emit(ofYesterday(line));
    }),
  },
];
