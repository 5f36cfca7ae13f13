// SPDX-License-Identifier: Apache-2.0
import { guestAddressOf, type HostAddress, hostAddressOf, PAGE } from '../support/units.ts';
import type { Stage2Entry } from './stage2-walk.ts';

/** One page of a guest as stage 2 maps it, whatever the size of the entry behind it. */
export interface Stage2Page {
  readonly guestAddress: bigint;
  /** The frame that it reaches. */
  readonly hostAddress: HostAddress;
  readonly entry: Stage2Entry;
}

/** All that one domain has mapped at one moment, by guest address. */
export class Stage2Map {
  /** In ascending order of guest address. */
  readonly entries: readonly Stage2Entry[];

  constructor(entries: readonly Stage2Entry[]) {
    this.entries = entries;
  }

  /** The entry that maps `guestAddress`, or undefined. */
  entryAt(guestAddress: bigint): Stage2Entry | undefined {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry !== undefined && entry.guestAddress + entry.size <= guestAddress) low = middle + 1;
      else high = middle;
    }
    const entry = this.entries[low];
    return entry !== undefined && entry.guestAddress <= guestAddress ? entry : undefined;
  }

  /** What of it is mapped in `[start, start + size)`: of an entry that reaches beyond, that part. */
  within(start: bigint, size: bigint): Stage2Map {
    const end = start + size;
    return new Stage2Map(
      this.entries.flatMap((entry) => {
        const from = entry.guestAddress > start ? entry.guestAddress : start;
        const last = entry.guestAddress + entry.size;
        const to = last < end ? last : end;
        if (from >= to) return [];
        const hostAddress = hostAddressOf(entry.hostAddress + (from - entry.guestAddress));
        return [{ ...entry, guestAddress: guestAddressOf(from), hostAddress, size: to - from }];
      }),
    );
  }

  /** Each page of `[guestAddress, guestAddress + size)`; undefined where nothing is mapped. */
  pages(guestAddress: bigint, size: number): (Stage2Page | undefined)[] {
    return Array.from({ length: size / PAGE }, (_unused, index) => {
      const address = guestAddress + BigInt(index * PAGE);
      const entry = this.entryAt(address);
      if (entry === undefined) return undefined;
      const hostAddress = hostAddressOf(entry.hostAddress + (address - entry.guestAddress));
      return { guestAddress: address, hostAddress, entry };
    });
  }
}

/** What follows each other in guest and host memory, with the same attributes. */
export interface Stage2Run {
  readonly guestAddress: bigint;
  readonly hostAddress: bigint;
  readonly size: bigint;
  /** The first entry of the run; the others differ in their addresses alone. */
  readonly entry: Stage2Entry;
}

/** Everything of a descriptor but its address and its valid bit. */
function likeness(entry: Stage2Entry): string {
  return [
    ...[entry.memory, entry.shareability, entry.access, entry.execute],
    ...[entry.software, entry.level, entry.lazy],
  ].join(' ');
}

/** Entries put together to runs: what a person reads. */
export function runsOf(entries: readonly Stage2Entry[]): Stage2Run[] {
  const runs: Stage2Run[] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    const follows =
      last !== undefined &&
      last.guestAddress + last.size === entry.guestAddress &&
      last.hostAddress + last.size === entry.hostAddress &&
      likeness(last.entry) === likeness(entry);
    if (follows) runs[runs.length - 1] = { ...last, size: last.size + entry.size };
    else
      runs.push({
        guestAddress: entry.guestAddress,
        hostAddress: entry.hostAddress,
        size: entry.size,
        entry,
      });
  }
  return runs;
}
