// SPDX-License-Identifier: Apache-2.0
/**
 * The protocol between the host and a guest probe, and the one source of it: the probe's build
 * writes {@link protocolHeader} to `protocol.gen.h`. Pure.
 *
 * A command is one line of ASCII words; numbers are hexadecimal with `0x`. A reply is one line:
 * `ok key=value...`, `abort esr=... far=... elr=...` (a data or instruction abort while the command
 * touched the memory it was told to touch), or `bad reason` (the probe did not understand).
 * The same lines travel by mailbox (guest RAM that the host can read and write) and by console.
 */

import { stage1Attributes } from '../memory/attributes.ts';

/** Where a probe keeps its mailbox, and how it is laid out. Offsets and sizes in bytes. */
export const mailbox = {
  /** Eight ASCII bytes at the start of the header. */
  magic: 'XPAGEBOX',
  version: 1,
  /** From the start of the probe's Image, which Xen loads on a 2 MiB boundary. */
  imageOffset: 0x1000,
  /** Header: magic[8], version u32, slots u32, run[16], domain[32], guest address u64. */
  versionOffset: 0x08,
  slotsOffset: 0x0c,
  runOffset: 0x10,
  runSize: 0x10,
  domainOffset: 0x20,
  domainSize: 0x20,
  guestAddressOffset: 0x40,
  headerSize: 0x80,
  /** One slot for each vCPU: a request, then a response; each is seq u32, length u32, crc u32. */
  slotsStart: 0x1000,
  slotSize: 0x1000,
  slots: 4,
  requestText: 0x10,
  requestTextSize: 0x3f0,
  responseOffset: 0x400,
  /** Sequence number of the request that the probe has begun with, u32. */
  takenOffset: 0x40c,
  responseText: 0x410,
  responseTextSize: 0xbf0,
  /** Bulk data that a reply speaks of. */
  windowStart: 0x5000,
  windowSize: 0x8000,
  /** The whole, from imageOffset. */
  size: 0xd000,
} as const;

/**
 * A guest address is seen with attribute `index` at `((index + 1) << aliasShift) | address`:
 * every address has one alias for each attribute, and none is chosen by chance.
 */
export const aliasShift = 44;

/** Patterns that a probe writes and checks by itself, 64-bit word by word. */
export const patternKinds = ['address', 'constant', 'noise'] as const;
export type PatternKind = (typeof patternKinds)[number];

/** Cache maintenance by address; there is no bare invalidate, because stage 2 makes it clean too. */
export const cacheOperations = ['clean-poc', 'clean-pou', 'clean-invalidate-poc'] as const;
export type CacheOperation = (typeof cacheOperations)[number];

/** How a probe does a read-modify-write: LDXR/STXR, or FEAT_LSE's single instructions. */
export const atomicKinds = ['exclusive', 'lse'] as const;
export type AtomicKind = (typeof atomicKinds)[number];

/** Console records: `@xp <run> <seq> <kind> <payload> *<crc32>`, at most this many characters. */
export const recordTag = '@xp';
export const commandTag = '@xc';
export const recordSize = 110;
/**
 * A command is typed in pieces of so many characters, each after the probe has acknowledged the
 * one before: with the line's end before the first, no more than the 32 that a vPL011 holds for a
 * guest (xen/include/asm/vpl011.h).
 */
export const pieceSize = 24;
export const recordKinds = [
  'ready',
  'reply',
  'ack',
  'fault',
  'panic',
  'note',
  'off',
  'reset',
  'crash',
] as const;
export type RecordKind = (typeof recordKinds)[number];

/** Boot arguments that tell a probe who it is. */
export const runArgument = 'crosspage.run';
export const domainArgument = 'crosspage.domain';

/** Boot arguments of a probe: the nonce of its run, eight hexadecimal digits, and its name. */
export const probeArguments = (run: string, domain: string): string =>
  `${runArgument}=${run} ${domainArgument}=${domain}`;

/** Mismatches that a `check` reply quotes, the first ones. */
export const quotedMismatches = 16;

const cName = (name: string): string => name.replaceAll(/([A-Z])|-/g, '_$1').toUpperCase();

function defineNumbers(prefix: string, values: object): string[] {
  return Object.entries(values).map(([key, value]) =>
    typeof value === 'number'
      ? `#define ${prefix}_${cName(key)} 0x${value.toString(16)}`
      : `#define ${prefix}_${cName(key)} "${String(value)}"`,
  );
}

function defineEnum(prefix: string, names: readonly string[]): string[] {
  return [
    ...names.map((name, index) => `#define ${prefix}_${cName(name)} ${index}`),
    `#define ${prefix}_COUNT ${names.length}`,
    `#define ${prefix}_NAMES { ${names.map((name) => `"${name}"`).join(', ')} }`,
  ];
}

/** The protocol as a C header that assembly may include too. */
export function protocolHeader(): string {
  const mair = stage1Attributes.reduce(
    (value, { mair: byte }, index) => value | (BigInt(byte) << BigInt(8 * index)),
    0n,
  );
  return [
    '/* SPDX-License-Identifier: Apache-2.0 */',
    '/* Written by the build from lib/probe/protocol.ts. */',
    '#ifndef PROTOCOL_GEN_H',
    '#define PROTOCOL_GEN_H',
    ...defineNumbers('MAILBOX', mailbox),
    ...defineEnum(
      'ATTR',
      stage1Attributes.map(({ name }) => name),
    ),
    `#define ATTR_MAIR 0x${mair.toString(16)}`,
    `#define ALIAS_SHIFT ${aliasShift}`,
    ...defineEnum('PATTERN', patternKinds),
    ...defineEnum('CACHE', cacheOperations),
    ...defineEnum('ATOMIC', atomicKinds),
    ...defineEnum('RECORD', recordKinds),
    `#define RECORD_TAG "${recordTag}"`,
    `#define COMMAND_TAG "${commandTag}"`,
    `#define RECORD_SIZE ${recordSize}`,
    `#define PIECE_SIZE ${pieceSize}`,
    `#define RUN_ARGUMENT "${runArgument}"`,
    `#define DOMAIN_ARGUMENT "${domainArgument}"`,
    `#define QUOTED_MISMATCHES ${quotedMismatches}`,
    '#endif',
    '',
  ].join('\n');
}
