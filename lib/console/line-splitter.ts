// SPDX-License-Identifier: Apache-2.0

const escapeByte = 0x1b;
const maxLine = 4096;

/** `ESC ( B` and its like: bytes 0x20 to 0x2f come before the one that ends the sequence. */
const afterIntermediate = (byte: number): 'intermediate' | 'none' =>
  byte >= 0x20 && byte <= 0x2f ? 'intermediate' : 'none';

/**
 * Cuts a byte stream into lines, however it was cut into chunks: strips CR and escape sequences
 * (CSI, OSC, and those with or without intermediate bytes, ECMA-48), decodes Latin-1 so that no
 * byte is lost.
 */
export class LineSplitter {
  #text = '';
  #escape: 'none' | 'start' | 'csi' | 'osc' | 'osc-end' | 'intermediate' = 'none';

  /** Complete lines that `chunk` finishes. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    for (const byte of chunk) {
      if (this.#skip(byte)) continue;
      if (byte === 0x0d || byte === 0) continue;
      if (byte === 0x0a || this.#text.length >= maxLine) {
        lines.push(this.#text);
        this.#text = byte === 0x0a ? '' : String.fromCharCode(byte);
      } else this.#text += String.fromCharCode(byte);
    }
    return lines;
  }

  /** What has come of the line that is not finished yet. */
  get partial(): string {
    return this.#text;
  }

  /** Ends the unfinished line where it is, a torn escape sequence too; gives what had come of it. */
  cut(): string {
    const text = this.#text;
    this.#text = '';
    this.#escape = 'none';
    return text;
  }

  /** Whether the byte belongs to an escape sequence. */
  #skip(byte: number): boolean {
    // A line's end ends a torn escape sequence too: one lost byte must not swallow what follows.
    if (byte === 0x0a) this.#escape = 'none';
    switch (this.#escape) {
      case 'none':
        if (byte !== escapeByte) return false;
        this.#escape = 'start';
        return true;
      case 'start':
        this.#escape = byte === 0x5b ? 'csi' : byte === 0x5d ? 'osc' : afterIntermediate(byte);
        return true;
      case 'intermediate':
        this.#escape = afterIntermediate(byte);
        return true;
      case 'csi':
        if (byte >= 0x40 && byte <= 0x7e) this.#escape = 'none';
        return true;
      case 'osc':
        if (byte === 0x07) this.#escape = 'none';
        else if (byte === escapeByte) this.#escape = 'osc-end';
        return true;
      case 'osc-end':
        this.#escape = 'none';
        return true;
    }
  }
}
