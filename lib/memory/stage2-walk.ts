// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import {
  type Bytes,
  guestAddressOf,
  type GuestAddress,
  hex,
  type HostAddress,
  hostAddressOf,
} from '../support/units.ts';
import { readAttributes, type Stage2Attributes } from './stage2-attributes.ts';
import { bitsPerLevel, levelShift, type Stage2Regime } from './stage2-regime.ts';

/**
 * A block or page that stage 2 maps, or several that follow each other in guest and host memory
 * and differ in their addresses alone: a dom0 has hundreds of thousands of such pages.
 */
export interface Stage2Entry extends Stage2Attributes {
  readonly guestAddress: GuestAddress;
  /** The frame: host address of its first byte. */
  readonly hostAddress: HostAddress;
  /** Of all of them together, in bytes. */
  readonly size: bigint;
  /** How many descriptors they are. */
  readonly count: number;
  /** 3 for a page, less for a block. */
  readonly level: number;
  /**
   * The valid bit is 0 although the rest is there: Xen takes entries back so, and makes them valid
   * again when the guest faults on them (xen/arch/arm/p2m.c, p2m_resolve_translation_fault).
   */
  readonly lazy: boolean;
  /** Bits 58:55, which the processor ignores and Xen keeps its p2m type in. */
  readonly software: number;
  /** Of the first. */
  readonly descriptor: bigint;
}

/** Reads `size` bytes of physical memory; undefined where there is none. */
export type ReadTable = (address: HostAddress, size: Bytes) => Uint8Array | undefined;

/** Bits 47:granule of a descriptor. Wider output addresses (LPA) are not used by Xen. */
function addressIn(descriptor: bigint, shift: number): bigint {
  const mask = ((1n << 48n) - 1n) & ~((1n << BigInt(shift)) - 1n);
  return descriptor & mask;
}

interface Walk {
  readonly regime: Stage2Regime;
  readonly read: ReadTable;
  readonly from: bigint;
  readonly end: bigint;
  readonly found: Runs;
}

/** Puts descriptors together that follow each other. */
class Runs {
  readonly entries: Stage2Entry[] = [];
  /** The descriptor, level and guest address that would go on with the last entry. */
  #next = { descriptor: 0n, level: -1, base: 0n };
  #count = 0;

  add(descriptor: bigint, level: number, base: bigint, shift: number): void {
    const size = 1n << BigInt(shift);
    const next = this.#next;
    if (descriptor === next.descriptor && level === next.level && base === next.base) this.#count++;
    else {
      this.finish();
      this.entries.push(entryOf(descriptor, level, base, shift));
      this.#count = 1;
    }
    this.#next = { descriptor: descriptor + size, level, base: base + size };
  }

  /** Gives the last entry its length. */
  finish(): Stage2Entry[] {
    const last = this.entries.at(-1);
    if (last !== undefined && this.#count > 1) {
      const size = last.size * BigInt(this.#count);
      this.entries[this.entries.length - 1] = { ...last, size, count: this.#count };
    }
    this.#count = 0;
    return this.entries;
  }
}

/**
 * Everything that stage 2 maps in `[from, from + size)` of the guest address space, in ascending
 * order; all of it by default. `root` is VTTBR_EL2's address.
 * @throws EnvironmentError for a table outside memory, or one that is below itself.
 */
export function walkStage2(
  regime: Stage2Regime,
  root: HostAddress,
  read: ReadTable,
  range: { from: bigint; size: bigint } = { from: 0n, size: 1n << BigInt(regime.inputBits) },
): Stage2Entry[] {
  const found = new Runs();
  const walk = { regime, read, from: range.from, end: range.from + range.size, found };
  const size = 2 ** regime.granuleBits * regime.rootTables;
  walkTable(walk, { address: root, size, level: regime.startLevel, base: 0n, above: [] });
  return found.finish();
}

interface Table {
  readonly address: HostAddress;
  readonly size: Bytes;
  readonly level: number;
  /** Guest address of its first entry. */
  readonly base: bigint;
  /** Addresses of the tables that lead to it. */
  readonly above: readonly bigint[];
}

function walkTable(walk: Walk, table: Table): void {
  const bytes = walk.read(table.address, table.size);
  if (bytes === undefined)
    throw brokenTable(table, 'is not in memory', 'see whether VTTBR_EL2 was read from Xen');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shift = BigInt(levelShift(walk.regime, table.level));
  const entries = table.size / 8;
  const index = (address: bigint): number => Number((address - table.base) >> shift);
  const first = walk.from <= table.base ? 0 : Math.min(entries, index(walk.from));
  const last = Math.min(entries - 1, index(walk.end - 1n));
  for (let at = first; at <= last; at++) {
    const descriptor = view.getBigUint64(at * 8, true);
    if (descriptor === 0n) continue;
    const base = table.base + (BigInt(at) << shift);
    if (isTable(descriptor, table.level)) descend(walk, table, base, descriptor);
    else if (isLeaf(walk.regime, descriptor, table.level))
      walk.found.add(descriptor, table.level, base, Number(shift));
  }
}

/** Bit 1 tells a table from a block, also where Xen has taken the valid bit away. */
function isTable(descriptor: bigint, level: number): boolean {
  return level < 3 && (descriptor & 2n) !== 0n;
}

/** At level 3 bit 1 is set in a page; what has it clear there, or is a block at level 0, is none. */
function isLeaf(regime: Stage2Regime, descriptor: bigint, level: number): boolean {
  if (level === 3) return (descriptor & 2n) !== 0n;
  const highest = regime.granuleBits === 12 ? 1 : 2;
  return level >= highest;
}

function descend(walk: Walk, table: Table, base: bigint, descriptor: bigint): void {
  const address = hostAddressOf(addressIn(descriptor, walk.regime.granuleBits));
  const above = [...table.above, table.address];
  const below = {
    address,
    size: 2 ** (bitsPerLevel(walk.regime) + 3),
    level: table.level + 1,
    base,
    above,
  };
  if (above.includes(address))
    throw brokenTable(below, 'is below itself', 'Xen never makes such tables: look at its console');
  walkTable(walk, below);
}

function entryOf(descriptor: bigint, level: number, base: bigint, shift: number): Stage2Entry {
  return {
    ...readAttributes(descriptor),
    guestAddress: guestAddressOf(base),
    hostAddress: hostAddressOf(addressIn(descriptor, shift)),
    size: 1n << BigInt(shift),
    count: 1,
    level,
    lazy: (descriptor & 1n) === 0n,
    software: Number((descriptor >> 55n) & 0xfn),
    descriptor,
  };
}

function brokenTable(table: Table, what: string, remedy: string): EnvironmentError {
  return new EnvironmentError({
    who: `stage-2 table at host address ${hex(table.address)}`,
    what,
    reached: `level ${table.level}, for guest addresses from ${hex(table.base)}`,
    lastSeen: table.above.map((address) => hex(address)).join(' -> ') || 'it is the root',
    remedy,
  });
}
