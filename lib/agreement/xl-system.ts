// SPDX-License-Identifier: Apache-2.0
/** Systems of domains that xl creates, with nothing wrong, and the files that they are. */
import { MiB, PAGE } from '../support/units.ts';
import {
  type IomemAttribute,
  printXlConfig,
  type XlConfig,
  type XlIomem,
  type XlStaticShm,
  type XlValue,
} from '../xen/xl-config.ts';
import type { Random } from './random.ts';

/** A domain of a generated system: an entry of its lists is a text where it is wrong on purpose. */
export type XlGuest = Omit<XlConfig, 'others'> & {
  /** Besides, or in the place of, what has a field. */
  readonly others?: Readonly<Record<string, XlValue>>;
  /** Options that the file is to do without. */
  readonly without?: readonly (keyof XlConfig)[];
  /** Put behind all else as it is. */
  readonly behind?: string;
};

/** Host memory that is reserved to be shared: each window has 64 KiB in it. */
export const sharable = { start: 0x7000_0000n, size: MiB(4) } as const;
/** Host memory that is reserved, and not to be shared. */
export const kept = { start: 0x7800_0000n, size: MiB(1) } as const;
/** The machine's RAM. */
export const ram = { start: 0x4000_0000n, size: MiB(2048) } as const;

const cells = (value: bigint | number): string => `0x0 0x${value.toString(16)}`;
const reg = ({ start, size }: { start: bigint; size: number }): string =>
  `reg = <${cells(start)} ${cells(size)}>;`;

/** The host device tree that goes with the files: of any board only what matters to xl's domains. */
export const hostSource = `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  memory@40000000 { device_type = "memory"; ${reg(ram)} };
  reserved-memory {
    #address-cells = <2>;
    #size-cells = <2>;
    ranges;
    sharable@70000000 { compatible = "xen,shared-memory-v1"; ${reg(sharable)} xen,id = "sharable"; };
    kept@78000000 { ${reg(kept)} };
  };
  chosen { };
};
`;

/** Borrowed memory and windows have 16 MiB each, behind the RAM of any domain here. */
const borrowed = 0x5000_0000n;
const windows = 0x6000_0000n;
const slot = (base: bigint, index: number, offset = 0): bigint =>
  base + BigInt(index * MiB(16) + offset);

function names(random: Random, count: number): string[] {
  const all = new Set<string>();
  while (all.size < count) all.add(random.word(random.between(1, 9)));
  return [...all];
}

/** Neither the kernel's image nor, at the end of the RAM, what libxl loads behind it. */
function ownedFrom(random: Random, memory: number, index: number): bigint {
  const room = (memory - MiB(12)) / 2;
  const offset = random.between(0, room / PAGE - 32) * PAGE;
  return 0x4000_0000n + BigInt(MiB(8) + index * room + offset);
}

interface Shares {
  readonly staticShm: readonly XlStaticShm[];
  readonly iomem: readonly XlIomem[];
}

/** One region: an owner, and borrowers of a part of it or the whole. */
function shareRegion(
  random: Random,
  guests: ReadonlyMap<string, { memory: number; shares: Shares[] }>,
  index: number,
): void {
  const id = `${random.word(random.between(1, 6))}_${index}`;
  const pages = random.oneIn(8) ? 32 : random.between(1, 8);
  // Who owns is created before who borrows: an owner has all its borrowers behind it.
  const names = [...guests.keys()];
  const place = random.between(0, names.length - 2);
  const owner = guests.get(names[place] ?? '');
  const others = shuffled(random, names.slice(place + 1));
  if (owner === undefined) return;
  const begin = ownedFrom(random, owner.memory, index);
  const policy = random.oneIn(4) && ({ cachePolicy: 'ARM_normal' } as const);
  const shm = { id, begin, size: pages * PAGE, role: 'owner', ...policy } as const;
  owner.shares.push({ staticShm: [shm], iomem: [] });
  const count = random.between(1, others.length);
  for (const name of others.slice(0, count)) {
    const skipped = random.oneIn(2) ? random.between(0, pages - 1) : 0;
    const part = random.between(1, pages - skipped);
    const shm = {
      ...{ id, begin: slot(borrowed, index, random.between(0, 0x7ff) * PAGE), size: part * PAGE },
      ...((skipped > 0 || random.oneIn(4)) && { offset: skipped * PAGE }),
      role: 'borrower' as const,
      ...(random.oneIn(4) && { prot: 'rw' as const }),
    };
    guests.get(name)?.shares.push({ staticShm: [shm], iomem: [] });
  }
}

/** One window of reserved memory, for two domains or for one beside dom0. */
function shareWindow(
  random: Random,
  guests: ReadonlyMap<string, { memory: number; shares: Shares[] }>,
  index: number,
): void {
  const hostAddress = sharable.start + BigInt(index * 0x1_0000 + random.between(0, 7) * PAGE);
  const size = random.between(1, 4) * PAGE;
  const as: IomemAttribute = random.oneIn(5) ? 'devmem' : 'memory';
  const takers = shuffled(random, [...guests.keys()]).slice(0, random.between(1, 2));
  for (const name of takers) {
    const place = slot(windows, index, random.between(0, 0xeff) * PAGE);
    const entry = { hostAddress, size, as, ...(!random.oneIn(4) && { guestAddress: place }) };
    guests.get(name)?.shares.push({ staticShm: [], iomem: [entry] });
  }
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const left = [...list];
  return list.map(() => left.splice(random.between(0, left.length - 1), 1)).flat();
}

/** A system with nothing wrong: two or three domains, up to two regions, up to two windows. */
export function rightXl(random: Random): readonly XlGuest[] {
  const guests = new Map(
    names(random, random.between(2, 3)).map((name) => [
      name,
      { memory: MiB(random.pick([32, 48, 64, 144])), shares: [] as Shares[] },
    ]),
  );
  const regions = random.between(0, 2);
  for (let index = 0; index < regions; index++) shareRegion(random, guests, index);
  const count = random.between(regions === 0 ? 1 : 0, 2);
  for (let index = 0; index < count; index++) shareWindow(random, guests, index);
  return [...guests].map(([name, { memory, shares }]) => ({
    ...{ name, kernel: '/k', memory },
    ...(random.oneIn(3) && { vcpus: random.between(1, 2) }),
    staticShm: shares.flatMap(({ staticShm }) => staticShm),
    iomem: shares.flatMap(({ iomem }) => iomem),
  }));
}

/** The file of a domain; a list with nothing in it is no option. */
function fileOf({ without = [], behind = '', ...config }: XlGuest): string {
  const options = ['staticShm', 'iomem'] as const;
  const dropped = [...without, ...options.filter((option) => config[option]?.length === 0)];
  const kept = Object.entries(config).filter(
    ([option]) => !dropped.includes(option as keyof XlConfig),
  );
  return `${printXlConfig(Object.fromEntries(kept))}${behind}`;
}

/** The files of a system, by their names: one for each domain, and the host device tree. */
export const textsOf = (guests: readonly XlGuest[]): Readonly<Record<string, string>> => ({
  'host.dts': hostSource,
  ...Object.fromEntries(guests.map((guest, index) => [`${index}.cfg`, fileOf(guest)])),
});

/** A system that takes what any other may need of the machine: what dom0 is booted for. */
export const ground = textsOf([
  {
    ...{ name: 'ground', kernel: '/k', memory: MiB(1024), vcpus: 2 },
    iomem: [sharable, kept].map(({ start, size }) => ({ hostAddress: start, size })),
  },
]);
