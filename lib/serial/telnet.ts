// SPDX-License-Identifier: Apache-2.0

/** Telnet's bytes: RFC 854, and the options that are used here (RFC 855, 856, 858, 2217). */
export const telnet = {
  IAC: 255,
  DONT: 254,
  DO: 253,
  WONT: 252,
  WILL: 251,
  SB: 250,
  SE: 240,
  BINARY: 0,
  ECHO: 1,
  SUPPRESS_GO_AHEAD: 3,
  COM_PORT: 44,
} as const;

const { IAC, SB, SE, WILL, WONT, DO, DONT } = telnet;
const carriageReturn = 0x0d;
/** More than any suboption of RFC 2217 has; what is longer is cut. */
const longestSuboption = 1024;

export type Verb = 'WILL' | 'WONT' | 'DO' | 'DONT';
const verbs: ReadonlyMap<number, Verb> = new Map([
  [WILL, 'WILL'],
  [WONT, 'WONT'],
  [DO, 'DO'],
  [DONT, 'DONT'],
]);

/** What a stream of telnet says, in its order. */
export type TelnetEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'option'; readonly verb: Verb; readonly option: number }
  | { readonly kind: 'suboption'; readonly option: number; readonly bytes: Uint8Array };

/** Takes a telnet stream apart, however it was cut into chunks. */
export class TelnetDecoder {
  #state: 'data' | 'cr' | 'iac' | 'verb' | 'sub' | 'sub-iac' = 'data';
  #verb: Verb = 'WONT';
  #sub: number[] = [];
  #data: number[] = [];
  #events: TelnetEvent[] = [];
  /** Whether the peer sends bytes as they are: without it CR comes as CR NUL (RFC 856). */
  #binary = false;

  push(chunk: Uint8Array): TelnetEvent[] {
    for (const byte of chunk) this.#take(byte);
    this.#flush();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #take(byte: number): void {
    switch (this.#state) {
      case 'cr':
        this.#state = 'data';
        if (byte !== 0) this.#take(byte);
        return;
      case 'data':
        if (byte === IAC) this.#state = 'iac';
        else this.#keep(byte);
        return;
      case 'iac':
        this.#afterIac(byte);
        return;
      case 'verb':
        this.#option(byte);
        return;
      case 'sub':
        if (byte === IAC) this.#state = 'sub-iac';
        else if (this.#sub.length < longestSuboption) this.#sub.push(byte);
        return;
      case 'sub-iac':
        this.#afterSubIac(byte);
        return;
    }
  }

  #keep(byte: number): void {
    this.#data.push(byte);
    if (byte === carriageReturn && !this.#binary) this.#state = 'cr';
  }

  #afterIac(byte: number): void {
    this.#state = 'data';
    const verb = verbs.get(byte);
    if (verb !== undefined) {
      this.#verb = verb;
      this.#state = 'verb';
    } else if (byte === SB) {
      this.#sub = [];
      this.#state = 'sub';
    } else if (byte === IAC) this.#keep(IAC);
    // Anything else (NOP, GA, BREAK) says nothing about the data.
  }

  #option(option: number): void {
    this.#state = 'data';
    if (option === telnet.BINARY && this.#verb === 'WILL') this.#binary = true;
    if (option === telnet.BINARY && this.#verb === 'WONT') this.#binary = false;
    this.#flush();
    this.#events.push({ kind: 'option', verb: this.#verb, option });
  }

  #afterSubIac(byte: number): void {
    if (byte === SE) {
      const [option, ...rest] = this.#sub;
      this.#state = 'data';
      if (option === undefined) return;
      this.#flush();
      this.#events.push({ kind: 'suboption', option, bytes: Uint8Array.from(rest) });
    } else {
      this.#state = 'sub';
      if (this.#sub.length < longestSuboption) this.#sub.push(byte);
    }
  }

  #flush(): void {
    if (this.#data.length === 0) return;
    this.#events.push({ kind: 'data', bytes: Uint8Array.from(this.#data) });
    this.#data = [];
  }
}

/** Bytes as they go over the wire: IAC doubled, and CR as CR NUL unless the peer takes binary. */
export function encodeData(bytes: Uint8Array, binary: boolean): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === IAC) out.push(IAC);
    if (byte === carriageReturn && !binary) out.push(0);
  }
  return Uint8Array.from(out);
}

export function encodeOption(verb: Verb, option: number): Uint8Array {
  return Uint8Array.from([IAC, telnet[verb], option]);
}

export function encodeSuboption(option: number, bytes: readonly number[]): Uint8Array {
  const escaped = bytes.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
  return Uint8Array.from([IAC, SB, option, ...escaped, IAC, SE]);
}
