// SPDX-License-Identifier: Apache-2.0
import { describeRange, findOverlaps, type Range } from '../memory/ranges.ts';
import { MisuseError } from '../support/errors.ts';
import {
  alignUp,
  hostAddressOf,
  type HostAddress,
  MiB,
  PAGE,
  SUPERPAGE,
} from '../support/units.ts';

/** A file that has to lie somewhere in memory; sizes in bytes. */
export interface Placeable {
  readonly name: string;
  readonly size: number;
}

export interface Placed extends Placeable {
  readonly address: HostAddress;
}

/**
 * Puts files one after the other into `window`, Xen first on a 2 MiB boundary (it maps itself by
 * blocks: xen/arch/arm/arm64/head.S), then the others by page with a page between them.
 * @throws MisuseError when they do not fit.
 */
export function placeFiles(files: readonly Placeable[], window: Range): Placed[] {
  let next = alignUp(window.start, SUPERPAGE);
  const placed = files.map((file) => {
    const address = hostAddressOf(next);
    next = alignUp(next + BigInt(file.size) + BigInt(PAGE), PAGE);
    return { ...file, address };
  });
  if (next > window.start + window.size)
    throw new MisuseError({
      who: 'boot files',
      what: `need ${(next - window.start) / BigInt(MiB(1))} MiB and do not fit ${describeRange(window)}`,
      where: files.map((file) => `${file.name}: ${file.size} bytes`).join('\n'),
      remedy: 'boot smaller images',
    });
  return placed;
}

/**
 * What clashes among ranges that must not overlap, with the names of both.
 * @throws MisuseError for the first pair.
 */
export function checkPlacement(ranges: readonly Range[]): void {
  const [clash] = findOverlaps(ranges);
  if (clash === undefined) return;
  throw new MisuseError({
    who: 'boot files',
    what: `${describeRange(clash[0])} overlaps ${describeRange(clash[1])}`,
    remedy: 'move the region or the file that the specification places',
  });
}
