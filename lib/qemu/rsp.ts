// SPDX-License-Identifier: Apache-2.0
// gdb's remote serial protocol: packets (GDB manual, appendix E.1).

const escapeByte = 0x7d;
const runByte = 0x2a;

/** What the other side sent: an acknowledgement, a packet, or one that arrived damaged. */
export type RspEvent =
  | { readonly is: 'ack' }
  | { readonly is: 'nack' }
  | { readonly is: 'packet'; readonly data: string }
  | { readonly is: 'damaged' };

function checksum(bytes: Uint8Array): string {
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return sum.toString(16).padStart(2, '0');
}

/** A packet with `data`, whose characters are bytes (Latin-1). */
export function encodePacket(data: string): Buffer {
  const plain = Buffer.from(data, 'latin1');
  const escaped: number[] = [];
  for (const byte of plain) {
    if ([0x23, 0x24, 0x2a, escapeByte].includes(byte)) escaped.push(escapeByte, byte ^ 0x20);
    else escaped.push(byte);
  }
  const body = Buffer.from(escaped);
  return Buffer.concat([Buffer.from('$'), body, Buffer.from(`#${checksum(body)}`)]);
}

/** Undoes escapes and run lengths; undefined where they are cut short. */
function decode(body: Uint8Array): string | undefined {
  let text = '';
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte !== escapeByte && byte !== runByte) {
      text += String.fromCharCode(byte);
      continue;
    }
    const next = body[++at];
    if (next === undefined) return undefined;
    if (byte === escapeByte) text += String.fromCharCode(next ^ 0x20);
    else if (text === '' || next < 32) return undefined;
    else text += (text.at(-1) ?? '').repeat(next - 29);
  }
  return text;
}

/** Cuts a stream into events, however it was cut into chunks. Bytes between packets are dropped. */
export class RspReader {
  #packet: number[] | undefined;
  #sum: number[] | undefined;

  push(chunk: Uint8Array): RspEvent[] {
    const events: RspEvent[] = [];
    for (const byte of chunk) {
      const event = this.#take(byte);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #take(byte: number): RspEvent | undefined {
    if (this.#packet === undefined) {
      if (byte === 0x24) this.#packet = [];
      if (byte === 0x2b) return { is: 'ack' };
      return byte === 0x2d ? { is: 'nack' } : undefined;
    }
    if (this.#sum === undefined) {
      // A dollar sign is always escaped inside: this packet was cut off, another begins.
      if (byte === 0x24) this.#packet = [];
      else if (byte === 0x23) this.#sum = [];
      else this.#packet.push(byte);
      return undefined;
    }
    this.#sum.push(byte);
    if (this.#sum.length < 2) return undefined;
    const body = Uint8Array.from(this.#packet);
    const good = String.fromCharCode(...this.#sum).toLowerCase() === checksum(body);
    this.#packet = undefined;
    this.#sum = undefined;
    const data = good ? decode(body) : undefined;
    return data === undefined ? { is: 'damaged' } : { is: 'packet', data };
  }
}
