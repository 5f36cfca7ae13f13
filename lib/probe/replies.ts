// SPDX-License-Identifier: Apache-2.0

/** A data or instruction abort that a probe took while it did what a command asked. */
export interface Abort {
  /** ESR_EL1 (Arm ARM D24.2.40). */
  readonly esr: bigint;
  /** Exception class, ESR bits 31:26. */
  readonly ec: number;
  /** FAR_EL1 without the bits that choose the alias: the guest address. */
  readonly far: bigint;
  readonly elr: bigint;
  /** Bytes that were done before. */
  readonly done: number;
}

/** What a probe answers to a command. */
export type Reply =
  | { readonly status: 'ok'; readonly fields: ReadonlyMap<string, string> }
  | { readonly status: 'abort'; readonly abort: Abort }
  | { readonly status: 'bad'; readonly reason: string };

const aliasBits = (1n << 44n) - 1n;

function fieldsOf(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word): [string, string] => {
      const equals = word.indexOf('=');
      return equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

function bigintOf(fields: ReadonlyMap<string, string>, key: string): bigint {
  const text = fields.get(key);
  return text === undefined ? 0n : BigInt(text);
}

/** Parses a reply; what is none is `bad`, with the whole text as its reason. */
export function parseReply(text: string): Reply {
  const [status, ...words] = text.trim().split(' ');
  const fields = fieldsOf(words);
  if (status === 'ok') return { status, fields };
  if (status === 'abort') {
    const esr = bigintOf(fields, 'esr');
    return {
      status,
      abort: {
        esr,
        ec: Number((esr >> 26n) & 0x3fn),
        far: bigintOf(fields, 'far') & aliasBits,
        elr: bigintOf(fields, 'elr'),
        done: Number(bigintOf(fields, 'offset')),
      },
    };
  }
  return { status: 'bad', reason: status === 'bad' ? words.join(' ') : `no reply: "${text}"` };
}

/** Exception classes that a probe can meet (Arm ARM D24.2.40, ESR_EL1.EC). */
export function describeClass(ec: number): string {
  const names: Readonly<Record<number, string>> = {
    0x00: 'unknown reason',
    0x20: 'instruction abort from a lower level',
    0x21: 'instruction abort',
    0x22: 'PC alignment fault',
    0x24: 'data abort from a lower level',
    0x25: 'data abort',
    0x26: 'SP alignment fault',
  };
  return names[ec] ?? `exception class 0x${ec.toString(16)}`;
}
