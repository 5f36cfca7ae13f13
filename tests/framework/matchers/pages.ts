// SPDX-License-Identifier: Apache-2.0
// Memory of which a test says how it is mapped.
import fc from 'fast-check';
import type { Stage1Attribute } from '../../../lib/memory/attributes.ts';
import type { Stage2Attributes } from '../../../lib/memory/stage2-attributes.ts';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import type { Stage2Entry } from '../../../lib/memory/stage2-walk.ts';
import type { MappedMemory } from '../../../lib/probe/mapped-memory.ts';
import { guestAddressOf, hostAddressOf, PAGE } from '../../../lib/support/units.ts';

const guestAddress = guestAddressOf(0x5000_0000n);

/** A page as stage 2 maps it; undefined for one that it does not map. */
export type Given = (Stage2Attributes & { readonly software?: number }) | undefined;

function entryOf(given: NonNullable<Given>, index: number): Stage2Entry {
  return {
    guestAddress: guestAddressOf(guestAddress + BigInt(index * PAGE)),
    hostAddress: hostAddressOf(0x6000_0000n + BigInt(index * PAGE)),
    size: BigInt(PAGE),
    count: 1,
    level: 3,
    lazy: false,
    software: 1,
    descriptor: 0x3n,
    ...given,
  };
}

/** `domain`'s page `area`, one page for each of `given`. */
export function memoryOf(
  domain: string,
  given: readonly Given[],
  memory: Stage1Attribute = 'normal-write-back',
): MappedMemory {
  const size = given.length * PAGE;
  const entries = given.flatMap((one, index) => (one === undefined ? [] : [entryOf(one, index)]));
  return {
    facts: {
      ...{ domain, name: 'area', guestAddress, hostAddress: undefined, size, memory },
      ...{ role: undefined, offset: 0, regionSize: size },
    },
    guestAddress,
    size,
    who: `board domain ${domain} (d1)`,
    where: 'console.log:7',
    stage2: () => Promise.resolve(new Stage2Map(entries).pages(guestAddress, size)),
    whose: () => Promise.resolve('nobody'),
  };
}

export const cacheable = {
  ...{ memory: 'normal-write-back', shareability: 'inner', access: 'rw', execute: true },
} as const satisfies Given;
export const device = {
  ...{ memory: 'device-nGnRE', shareability: 'outer', access: 'rw', execute: false },
  software: 3,
} as const satisfies Given;

export const givens: fc.Arbitrary<NonNullable<Given>> = fc.record({
  memory: fc.constantFrom(
    ...(['normal-write-back', 'normal-write-through', 'normal-non-cacheable'] as const),
    ...(['device-nGnRnE', 'device-nGnRE', 'device-nGRE', 'device-GRE'] as const),
  ),
  shareability: fc.constantFrom('none', 'outer', 'inner'),
  access: fc.constantFrom('none', 'ro', 'wo', 'rw'),
  execute: fc.boolean(),
  software: fc.nat({ max: 11 }),
});
