// SPDX-License-Identifier: Apache-2.0
// Stage-2 tables made by a generator, as the walker's tests need them.
import fc from 'fast-check';
import { bitsPerLevel, levelShift, type Stage2Regime } from '../../../lib/memory/stage2-regime.ts';
import type { ReadTable } from '../../../lib/memory/stage2-walk.ts';
import { type HostAddress, hostAddressOf } from '../../../lib/support/units.ts';

/** One block or page to be mapped. */
export interface Leaf {
  readonly level: number;
  /** Chooses a guest address: taken modulo what the regime has room for. */
  readonly place: bigint;
  readonly frame: bigint;
  /** Bits 9:2, 54 and 58:55 of the descriptor. */
  readonly attributes: bigint;
  readonly valid: boolean;
}

const attributeBits = 0x3fcn | (1n << 54n) | (0xfn << 55n);

export const regimes: fc.Arbitrary<Stage2Regime> = fc.oneof(
  // inputBits, granule, start level: each with the concatenation that it leads to.
  fc.constantFrom(
    { inputBits: 40, granuleBits: 12, startLevel: 1, rootTables: 2 },
    { inputBits: 44, granuleBits: 12, startLevel: 0, rootTables: 1 },
    { inputBits: 48, granuleBits: 12, startLevel: 0, rootTables: 1 },
    { inputBits: 32, granuleBits: 12, startLevel: 1, rootTables: 1 },
    { inputBits: 34, granuleBits: 12, startLevel: 2, rootTables: 16 },
    { inputBits: 40, granuleBits: 14, startLevel: 1, rootTables: 1 },
    { inputBits: 40, granuleBits: 16, startLevel: 2, rootTables: 1 },
    { inputBits: 46, granuleBits: 16, startLevel: 2, rootTables: 16 },
  ),
);

export const leaves: fc.Arbitrary<Leaf[]> = fc.array(
  fc.record({
    level: fc.integer({ min: 1, max: 3 }),
    place: fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
    frame: fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
    attributes: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((bits) => bits & attributeBits),
    valid: fc.boolean(),
  }),
  { maxLength: 24 },
);

/** What a leaf became. */
export interface Mapped {
  readonly guestAddress: bigint;
  readonly hostAddress: bigint;
  readonly size: bigint;
  readonly level: number;
  readonly descriptor: bigint;
}

/** Physical memory with tables in it. */
export class Tables {
  readonly root: HostAddress;
  readonly mapped: Mapped[] = [];
  readonly #regime: Stage2Regime;
  readonly #memory = new Map<bigint, BigUint64Array<ArrayBuffer>>();
  #next: bigint;

  constructor(regime: Stage2Regime) {
    this.#regime = regime;
    this.#next = 1n << 40n;
    this.root = this.#allocate(regime.rootTables);
  }

  get read(): ReadTable {
    return (address, size) => {
      const table = this.#memory.get(address);
      return table === undefined || table.byteLength < size
        ? undefined
        : new Uint8Array(table.buffer, 0, size);
    };
  }

  /** The entry of `level` that translates a guest address, as long as tables lead to it. */
  set(guestAddress: bigint, level: number, descriptor: bigint): void {
    const [table, index] = this.#find(guestAddress, level) ?? [];
    if (table !== undefined && index !== undefined) table[index] = descriptor;
  }

  /** Maps a leaf, unless something is mapped there already. */
  map(leaf: Leaf): void {
    const regime = this.#regime;
    const highest = Math.max(regime.startLevel, regime.granuleBits === 12 ? 1 : 2);
    const level = Math.max(leaf.level, highest);
    const size = 1n << BigInt(levelShift(regime, level));
    const guestAddress = (leaf.place % (1n << BigInt(regime.inputBits))) & ~(size - 1n);
    const hostAddress = leaf.frame & ~(size - 1n);
    const [table, index] = this.#find(guestAddress, level) ?? [];
    if (table === undefined || index === undefined || table[index] !== 0n) return;
    const kind = (level === 3 ? 2n : 0n) | (leaf.valid ? 1n : 0n);
    const descriptor = hostAddress | leaf.attributes | kind;
    // An entry of zeros is one that is not there.
    if (descriptor === 0n) return;
    table[index] = descriptor;
    this.mapped.push({ guestAddress, hostAddress, size, level, descriptor });
  }

  #find(guestAddress: bigint, level: number): [BigUint64Array<ArrayBuffer>, number] | undefined {
    const regime = this.#regime;
    let table = this.#memory.get(this.root);
    for (let at = regime.startLevel; table !== undefined; at++) {
      const shift = BigInt(levelShift(regime, at));
      const mask = at === regime.startLevel ? BigInt(table.length - 1) : this.#mask;
      const index = Number((guestAddress >> shift) & mask);
      if (at === level) return [table, index];
      const entry: bigint = table[index] ?? 0n;
      if (entry !== 0n && (entry & 2n) === 0n) return undefined;
      const below = entry === 0n ? this.#allocate(1) : entry & ~0xfffn;
      table[index] = below | 3n;
      table = this.#memory.get(below);
    }
    return undefined;
  }

  get #mask(): bigint {
    return (1n << BigInt(bitsPerLevel(this.#regime))) - 1n;
  }

  #allocate(tables: number): HostAddress {
    const granule = 1n << BigInt(this.#regime.granuleBits);
    const address = this.#next;
    const entries = (Number(granule) / 8) * tables;
    this.#memory.set(address, new BigUint64Array(entries));
    this.#next += granule * BigInt(tables);
    return hostAddressOf(address);
  }
}
