// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';

/** A half-open range of addresses with the name of what occupies it. Sizes in bytes. */
export interface Range {
  readonly name: string;
  readonly start: bigint;
  readonly size: bigint;
}

/** The first address after the range. */
export function endOf(range: Range): bigint {
  return range.start + range.size;
}

/** Whether both have an address in common: what has a size of 0 has none. */
export function overlaps(a: Range, b: Range): boolean {
  return a.size > 0n && b.size > 0n && a.start < endOf(b) && b.start < endOf(a);
}

export function contains(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && endOf(inner) <= endOf(outer);
}

/** `name [start, end)`, as Xen prints ranges. */
export function describeRange(range: Range): string {
  return `${range.name} [${hex(range.start)}, ${hex(endOf(range))})`;
}

/** Every pair of ranges that overlap, in the order given. */
export function findOverlaps(ranges: readonly Range[]): [Range, Range][] {
  return ranges.flatMap((a, index) =>
    ranges
      .slice(index + 1)
      .filter((b) => overlaps(a, b))
      .map((b): [Range, Range] => [a, b]),
  );
}

/** Ranges that overlap, each group by itself, in ascending order. */
export function clusters<T extends Range>(ranges: readonly T[]): T[][] {
  const found: T[][] = [];
  const sorted = ranges.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (const range of sorted) {
    const last = found.at(-1);
    if (last?.some((one) => overlaps(one, range)) === true) last.push(range);
    else found.push([range]);
  }
  return found;
}

/** The smallest range that contains all of `ranges`, of which there is one at least. */
export function hullOf(name: string, ranges: readonly Range[]): Range {
  const [first, ...more] = ranges;
  let start = first?.start ?? 0n;
  let end = first === undefined ? 0n : endOf(first);
  for (const one of more) {
    if (one.start < start) start = one.start;
    if (endOf(one) > end) end = endOf(one);
  }
  return { name, start, size: end - start };
}

/** What is left of `range` without `holes`, in ascending order; each part keeps its name. */
export function subtract(range: Range, holes: readonly Range[]): Range[] {
  const parts: Range[] = [];
  let start = range.start;
  const cut = (end: bigint): void => {
    if (end > start) parts.push({ name: range.name, start, size: end - start });
  };
  for (const hole of [...holes].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (!overlaps(range, hole)) continue;
    cut(hole.start);
    if (endOf(hole) > start) start = endOf(hole);
  }
  cut(endOf(range));
  return parts;
}

/**
 * The lowest aligned start at or above `from` where `size` bytes touch none of `taken`.
 * `alignment` is a power of two.
 */
export function firstFree(
  taken: readonly Range[],
  from: bigint,
  size: bigint,
  alignment: bigint,
): bigint {
  const up = (value: bigint): bigint => (value + alignment - 1n) & ~(alignment - 1n);
  let start = up(from);
  for (;;) {
    const wanted = { name: '', start, size };
    const hit = taken.find((range) => overlaps(range, wanted));
    if (hit === undefined) return start;
    start = up(endOf(hit));
  }
}
