// SPDX-License-Identifier: Apache-2.0
/** Where the machine has the memory that the user's board has as SRAM. */
import type { HostTree } from '../import/host-tree.ts';
import { clusters, contains, firstFree, hullOf, overlaps, type Range } from '../memory/ranges.ts';
import { alignUp, hex, hostAddressOf, PAGE, SUPERPAGE } from '../support/units.ts';
import type { HostLayout } from '../xen/plan.ts';
import type { PlannedSram } from '../xen/sram-plan.ts';
import { sramPath } from '../xen/sram-tree.ts';

/** Memory of the user's board, and what stands for it. */
export interface SramPlace {
  /** As the user wrote it, by whole pages. */
  readonly range: Range;
  readonly sram: PlannedSram;
}

/** What of the user's is where on the machine. */
export class SramPlaces {
  readonly places: readonly SramPlace[];
  readonly #moved: bigint;

  /** `moved`: what is added to all other host addresses. */
  constructor(places: readonly SramPlace[], moved: bigint) {
    this.places = places;
    this.#moved = moved;
  }

  /** The host address on the machine of one of the user's. */
  of(host: bigint): bigint {
    const place = this.places.find(({ range }) =>
      contains(range, { name: '', start: host, size: 1n }),
    );
    return place === undefined
      ? host + this.#moved
      : place.sram.hostAddress + (host - place.range.start);
  }

  /** The path of the node that has a host address of the user's. */
  pathOf(host: bigint): string | undefined {
    const place = this.places.find(({ range }) =>
      contains(range, { name: '', start: host, size: 1n }),
    );
    return place && sramPath(place.sram);
  }

  /** In the machine's addresses. */
  get ranges(): Range[] {
    return this.places.map(({ range, sram }) => ({ ...range, start: sram.hostAddress }));
  }
}

const pages = ({ name, start, size }: Range): Range => {
  const from = start - (start % BigInt(PAGE));
  return { name, start: from, size: alignUp(start + size, PAGE) - from };
};

/** What asks for places. */
export interface GivenSram {
  readonly host: HostTree;
  /** What domains have of it. */
  readonly given: readonly Range[];
  /** Whether dom0 is our Linux, whose driver gives to programs what dom0 has. */
  readonly linux: boolean;
}

/**
 * Chooses places in RAM for what is given, whole banks of the user's tree where they are in one, outside
 * what is `taken`. What the user's tree has in its memory nodes too stays in the machine's: Xen gives
 * it away.
 */
export function placeSram(
  { host, given: all, linux }: GivenSram,
  layout: HostLayout,
  taken: readonly Range[],
  moved: bigint,
): SramPlaces {
  const given = all.filter(({ size }) => size > 0n);
  const banks = host.sram.filter((bank) => given.some((range) => overlaps(bank, range)));
  const used = [layout.modules, ...taken];
  const whole = clusters([...banks, ...given].map(pages)).map((ranges) => hullOf('', ranges));
  const places = whole.map(({ start, size }): SramPlace => {
    const range = { name: `SRAM ${hex(start)}`, start, size };
    const inMemory = host.memory.some((bank) => overlaps(bank, range));
    const alignment = BigInt(size >= BigInt(SUPERPAGE) ? SUPERPAGE : PAGE);
    const at = firstFree(used, layout.regionBase, size, alignment);
    // What follows it stays ordinary RAM: there a mapping that is too long would reach.
    used.push({ name: range.name, start: at, size: size + BigInt(SUPERPAGE) });
    const own = banks.filter((bank) => overlaps(bank, range));
    const passthrough = own.every((bank) => bank.passthrough);
    return {
      range,
      sram: {
        ...{ name: range.name, size: Number(size), hostAddress: hostAddressOf(at) },
        ...{ passthrough, exported: linux && !passthrough, inMemory },
      },
    };
  });
  return new SramPlaces(places, moved);
}
