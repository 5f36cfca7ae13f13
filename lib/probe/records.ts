// SPDX-License-Identifier: Apache-2.0
import { focusedText } from '../xen/console-lines.ts';
import { crc32 } from '../support/checksum.ts';
import { type RecordKind, recordKinds, recordTag } from './protocol.ts';

/** One record that a probe wrote to its console. */
export interface ProbeRecord {
  readonly run: string;
  readonly sequence: number;
  readonly kind: RecordKind;
  readonly payload: string;
}

/** What a console line is to the protocol. */
export type RecordReading =
  | { readonly is: 'record'; readonly record: ProbeRecord }
  | { readonly is: 'damaged'; readonly text: string }
  | { readonly is: 'other' };

const form = new RegExp(
  `^(${recordTag} ([0-9a-f]{8}) ([0-9a-f]{4}) (${recordKinds.join('|')}) (.*)) \\*([0-9a-f]{8})$`,
);
const encoder = new TextEncoder();

/** Reads a record from the text of a domain's line; a wrong form or checksum is `damaged`. */
export function readRecord(text: string): RecordReading {
  if (!text.includes(recordTag)) return { is: 'other' };
  const match = form.exec(text.trimEnd());
  if (match === null) return { is: 'damaged', text };
  const [, body = '', run = '', sequence = '', kind = '', payload = '', checksum = ''] = match;
  if (crc32(encoder.encode(body)) !== Number.parseInt(checksum, 16)) return { is: 'damaged', text };
  return {
    is: 'record',
    record: { run, sequence: Number.parseInt(sequence, 16), kind: kind as RecordKind, payload },
  };
}

/**
 * Whether a console line was a record of the boot `run` and did not come as one: its tag, its nonce
 * or its checksum are there, and not the whole.
 */
export function isSpoiledRecord(whole: string, run: string): boolean {
  // Xen's own prefix may stand in the middle of the line of a domain that has the serial input.
  const line = focusedText(whole).trimEnd();
  const like = line.includes(recordTag) || line.includes(`${run} `) || checksumAtEnd.test(line);
  if (!like) return false;
  const at = line.indexOf(recordTag);
  return at < 0 || readRecord(line.slice(at)).is === 'damaged';
}

const checksumAtEnd = / \*[0-9a-f]{8}$/;

/** What was lost on the way, by one domain's records. */
export interface RecordLoss {
  readonly received: number;
  readonly damaged: number;
  /** Sequence numbers that were skipped. */
  readonly missing: number;
  /** Sequence numbers that came again, or too late. */
  readonly repeated: number;
  /** Records of another boot. */
  readonly stale: number;
}

/** Follows one domain's records and counts what does not arrive whole, once and in order. */
export class RecordCounter {
  readonly #run: string;
  #next = 0;
  #loss = { received: 0, damaged: 0, missing: 0, repeated: 0, stale: 0 };

  constructor(run: string) {
    this.#run = run;
  }

  get loss(): RecordLoss {
    return this.#loss;
  }

  /** The record, if the line holds one of this boot that was not seen before. */
  take(text: string): ProbeRecord | undefined {
    const reading = readRecord(text);
    if (reading.is === 'other') return undefined;
    if (reading.is === 'damaged') {
      this.#loss = { ...this.#loss, damaged: this.#loss.damaged + 1 };
      return undefined;
    }
    const { record } = reading;
    if (record.run !== this.#run) {
      this.#loss = { ...this.#loss, stale: this.#loss.stale + 1 };
      return undefined;
    }
    // Numbers begin again after 0xffff: what lies less than half a round ahead is new.
    const ahead = (record.sequence - this.#next) & 0xffff;
    if (ahead >= 0x8000) {
      this.#loss = { ...this.#loss, repeated: this.#loss.repeated + 1 };
      return undefined;
    }
    this.#loss = {
      ...this.#loss,
      received: this.#loss.received + 1,
      missing: this.#loss.missing + ahead,
    };
    this.#next = (record.sequence + 1) & 0xffff;
    return record;
  }
}
