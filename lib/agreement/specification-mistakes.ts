// SPDX-License-Identifier: Apache-2.0
import { GiB, MiB, PAGE } from '../support/units.ts';
import type {
  DomainSpec,
  MapSpec,
  SharedMemorySpec,
  SramMapSpec,
  SystemSpec,
} from '../xen/spec.ts';
import { defaultMemory } from '../xen/dom0.ts';
import type { Choice, Mistake } from './mistake.ts';

type Respec = NonNullable<Mistake['respec']>;

const picked = <T>(list: readonly T[], { pick }: Choice): T | undefined =>
  list[pick % Math.max(list.length, 1)];

/** With one domain changed. */
const withDomain = (spec: SystemSpec, name: string, change: Partial<DomainSpec>): SystemSpec => ({
  ...spec,
  domains: {
    ...spec.domains,
    [name]: { probe: 'memory', ...spec.domains[name], ...change },
  },
});

/** In one domain that has a bank of SRAM, another way to have it. */
const inSram =
  (change: (choice: Choice, domain: DomainSpec) => SramMapSpec): Respec =>
  (spec, choice) => {
    const uses = Object.entries(spec.domains).flatMap(([name, domain]) =>
      Object.keys(domain.sram ?? {}).map((bank) => ({ name, domain, bank })),
    );
    const use = picked(uses, choice);
    if (use === undefined) return undefined;
    const { name, domain, bank } = use;
    return withDomain(spec, name, { sram: { ...domain.sram, [bank]: change(choice, domain) } });
  };

/** One region and its neighbour changed together. */
const inTwoRegions =
  (
    change: (
      one: SharedMemorySpec,
      other: SharedMemorySpec,
    ) => [SharedMemorySpec, SharedMemorySpec],
  ): Respec =>
  (spec) => {
    const [one, other] = Object.entries(spec.sharedMemory ?? {});
    if (one === undefined || other === undefined) return undefined;
    const [first, second] = change(one[1], other[1]);
    return {
      ...spec,
      sharedMemory: { ...spec.sharedMemory, [one[0]]: first, [other[0]]: second },
    };
  };

const guestOf = (address: bigint): Pick<MapSpec, 'guestAddress'> => ({ guestAddress: address });

/** A region in the RAM of a domain that has it where the specification says. */
const inStaticMemory: Respec = (spec, choice) => {
  const [region] = Object.entries(spec.sharedMemory ?? {});
  const [name, domain] = picked(Object.entries(spec.domains), choice) ?? [];
  if (region === undefined || name === undefined) return undefined;
  const staticMemory = 0x7000_0000n;
  const size = domain?.memory ?? defaultMemory;
  const offset = (choice.number * PAGE) % size;
  const moved = { ...region[1], hostAddress: staticMemory + BigInt(offset) };
  return {
    ...withDomain(spec, name, { staticMemory }),
    sharedMemory: { ...spec.sharedMemory, [region[0]]: moved },
  };
};

const staticOverEachOther: Respec = (spec) => {
  const [first, second] = Object.keys(spec.domains);
  if (first === undefined || second === undefined) return undefined;
  const staticMemory = 0x7000_0000n;
  return withDomain(withDomain(spec, first, { staticMemory }), second, {
    staticMemory: staticMemory + BigInt(MiB(4)),
  });
};

/** A domain gets regions of its own besides. */
const withRegions =
  (regions: (choice: Choice) => Readonly<Record<string, SharedMemorySpec>>): Respec =>
  (spec, choice) => {
    const domain = picked(Object.entries(spec.domains), choice);
    if (domain === undefined) return undefined;
    const [name, { maps }] = domain;
    const more = regions(choice);
    const mapped = Object.fromEntries(Object.keys(more).map((region) => [region, {}]));
    return {
      ...withDomain(spec, name, { maps: { ...maps, ...mapped } }),
      sharedMemory: { ...spec.sharedMemory, ...more },
    };
  };

/** Mistakes that a specification can say, if nothing checks it. */
export const specificationMistakes: readonly Mistake[] = [
  {
    mistake: 'SRAM by a property that only Xilinx’ Xen reads',
    rule: 'reg-cacheable',
    besides: ['attributes-differ'],
    respec: inSram(() => ({ by: 'xen,reg-cacheable' })),
  },
  {
    mistake: 'the same, without a path',
    rule: 'reg-cacheable',
    besides: ['attributes-differ'],
    respec: inSram(() => ({ by: 'xen,reg-cacheable', path: false })),
  },
  {
    mistake: 'SRAM that is not forced past the IOMMU',
    rule: 'reg-iommu',
    respec: inSram(() => ({ forceAssign: false })),
  },
  {
    mistake: 'SRAM with neither path nor force',
    rule: 'reg-path',
    respec: inSram(() => ({ forceAssign: false, path: false })),
  },
  {
    mistake: 'SRAM over the RAM',
    rule: 'guest-overlap',
    respec: inSram(({ number }, { memory = defaultMemory }) =>
      guestOf(0x4000_0000n + BigInt((number * PAGE) % memory)),
    ),
  },
  {
    mistake: 'SRAM off the page',
    rule: 'reg-alignment',
    respec: inSram(({ number }) => guestOf(0x5f00_0000n + BigInt(1 + (number % 4095)))),
  },
  {
    mistake: 'two regions at one host address',
    rule: 'host-overlap',
    respec: inTwoRegions((one, other) => {
      const hostAddress = 0x6800_0000n;
      return [
        { ...one, hostAddress },
        { ...other, hostAddress: hostAddress + BigInt(one.size - PAGE) },
      ];
    }),
  },
  {
    mistake: 'a region in the static memory of a domain',
    rule: 'host-overlap',
    besides: ['host-not-ram'],
    respec: inStaticMemory,
  },
  {
    mistake: 'static memory over static memory',
    rule: 'host-overlap',
    respec: staticOverEachOther,
  },
  {
    mistake: 'a region from the heap that is larger than the RAM',
    rule: 'shm-heap',
    respec: withRegions(() => ({ vast: { size: GiB(1), hostAddress: 'xen' } })),
  },
  {
    mistake: 'more regions than a domain can be told of',
    rule: 'shm-limit',
    respec: withRegions(({ number }) =>
      Object.fromEntries(
        Array.from({ length: 24 + (number % 8) }, (_unused, index) => [
          `many${index}`,
          { size: PAGE },
        ]),
      ),
    ),
  },
];
