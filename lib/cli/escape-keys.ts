// SPDX-License-Identifier: Apache-2.0

/** What is typed behind the escape key, and what it does. */
export const escapeCommands = {
  q: 'leave, once a switch that is under way is through',
  '1': 'power on',
  '0': 'power off',
  c: 'power off and on again',
  '?': 'show these keys',
} as const;

export type EscapeKey = keyof typeof escapeCommands;

/** Ctrl-], as telnet(1) and virsh(1) have it. */
export const escapeByte = 0x1d;

/** A piece of what a person typed: bytes for the board, or a command for the program. */
export type Typed = { readonly bytes: Uint8Array } | { readonly key: EscapeKey };

const isKey = (text: string): text is EscapeKey => Object.hasOwn(escapeCommands, text);

/** Finds the commands in what is typed. An escape typed twice is sent once; one that is followed by anything else is dropped with it. */
export class EscapeReader {
  #escaped = false;

  /** The pieces of `typed`, in order. */
  feed(typed: Uint8Array): Typed[] {
    const pieces: Typed[] = [];
    let plain: number[] = [];
    const flush = (): void => {
      if (plain.length > 0) pieces.push({ bytes: Uint8Array.from(plain) });
      plain = [];
    };
    for (const byte of typed) {
      if (!this.#escaped) {
        if (byte === escapeByte) this.#escaped = true;
        else plain.push(byte);
        continue;
      }
      this.#escaped = false;
      const key = String.fromCharCode(byte);
      if (byte === escapeByte) plain.push(byte);
      else if (isKey(key)) {
        flush();
        pieces.push({ key });
      }
    }
    flush();
    return pieces;
  }
}
