// SPDX-License-Identifier: Apache-2.0
/**
 * The ways to share memory, and what Xen gives to each party of them at stage 2: what tests expect,
 * what the reports hold against what was measured, and what the documentation says.
 */
import type { Stage2Attributes } from '../memory/stage2-attributes.ts';
import { MisuseError } from '../support/errors.ts';

/** What stage 2 gives, Xen's p2m type included. */
export interface PartyMapping extends Stage2Attributes {
  /** As `p2m_type_t` names it without its prefix. */
  readonly type: string;
}

const ram = {
  memory: 'normal-write-back',
  shareability: 'inner',
  access: 'rw',
  execute: true,
} as const;
const others = { ...ram, execute: false } as const;
const device = { ...others, memory: 'device-nGnRE', shareability: 'outer' } as const;

/**
 * By p2m type: xen/arch/arm/mmu/p2m.c, p2m_set_permission and mfn_to_p2m_entry (4.17 has the same in
 * p2m.c).
 */
const byType = {
  /** The domain's own RAM. */
  ram_rw: ram,
  /** Another domain's, or Xen's. */
  map_foreign_rw: others,
  grant_map_rw: others,
  grant_map_ro: { ...others, access: 'ro' },
  mmio_direct_dev: device,
  mmio_direct_c: { ...device, memory: 'normal-write-back' },
} as const satisfies Record<string, Stage2Attributes>;

type P2mType = keyof typeof byType;

/** The hypervisor flavours that the table tells of. */
export const tableFlavours = [
  'debian',
  'debian-4.17',
  'static-shm',
  'static-shm-4.17',
  'shared-memory',
] as const;

interface MechanismData {
  readonly what: string;
  /** The p2m type that each party gets. */
  readonly parties: Readonly<Record<string, P2mType>>;
  /** Why a flavour has it not, by flavour. */
  readonly lacking: Readonly<Record<string, string>>;
}

function upstreamLacks(why: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tableFlavours.filter((flavour) => flavour !== 'shared-memory').map((name) => [name, why]),
  );
}

const notBuilt = 'Debian builds Xen without CONFIG_STATIC_SHM';
const notGiven = 'upstream lets dom0 give reserved memory to no domain';

const table = {
  'xen,domain-shared-memory-v1': {
    what: 'static shared memory of dom0less domains',
    parties: { owner: 'ram_rw', borrower: 'map_foreign_rw', 'without roles': 'map_foreign_rw' },
    lacking: { debian: notBuilt, 'debian-4.17': notBuilt },
  },
  'xen,reg': {
    what: 'a bank of SRAM, by a partial device tree',
    parties: { dom0: 'mmio_direct_c', domU: 'mmio_direct_dev' },
    lacking: {},
  },
  'xen,reg-cacheable': {
    what: 'a bank of SRAM as Normal memory',
    parties: { dom0: 'mmio_direct_c', domU: 'mmio_direct_c' },
    lacking: upstreamLacks('upstream knows no xen,reg-cacheable'),
  },
  'iomem devmem': {
    what: 'xl’s iomem of reserved memory, as it is without saying more',
    parties: {
      'dom0 (Linux)': 'mmio_direct_c',
      domU: 'mmio_direct_dev',
      'domU (Linux)': 'mmio_direct_dev',
    },
    lacking: upstreamLacks(notGiven),
  },
  'iomem memory': {
    what: 'xl’s iomem of reserved memory, as Normal memory',
    parties: { 'dom0 (Linux)': 'mmio_direct_c', domU: 'ram_rw', 'domU (Linux)': 'ram_rw' },
    lacking: upstreamLacks('upstream’s xl knows no attribute of iomem'),
  },
  static_shm: {
    what: 'xl’s static_shm, a part of a domain’s RAM',
    parties: {
      owner: 'ram_rw',
      borrower: 'map_foreign_rw',
      'owner (Linux)': 'ram_rw',
      'borrower (Linux)': 'map_foreign_rw',
    },
    lacking: upstreamLacks('upstream’s xl knows no static_shm'),
  },
  'grant table': {
    what: 'pages granted by a domU, with xsm=dummy',
    parties: { granter: 'ram_rw', mapper: 'grant_map_rw', reader: 'grant_map_ro' },
    lacking: {},
  },
} as const satisfies Record<string, MechanismData>;

/** A way to share memory, by its name in the table. */
export type Mechanism = keyof typeof table;

/** A party of a mechanism: who has the memory, as what. */
export type PartyOf<Name extends Mechanism> = keyof (typeof table)[Name]['parties'] & string;

/** Who has memory, by which mechanism. */
export interface Share {
  readonly mechanism: string;
  readonly party: string;
}

/** All mechanisms, with what they are. */
export const mechanisms: readonly { readonly name: Mechanism; readonly what: string }[] = (
  Object.keys(table) as Mechanism[]
).map((name) => ({ name, what: table[name].what }));

/** Every party of every mechanism, in the order of the table. */
export const shares: readonly Share[] = mechanisms.flatMap(({ name: mechanism }) =>
  Object.keys(table[mechanism].parties).map((party) => ({ mechanism, party })),
);

/** What a party is to get; undefined for one that the table does not have. */
export function expectedMapping({ mechanism, party }: Share): PartyMapping | undefined {
  const data: MechanismData | undefined = Object.hasOwn(table, mechanism)
    ? table[mechanism as Mechanism]
    : undefined;
  const type = data?.parties[party];
  return type === undefined ? undefined : { type, ...byType[type] };
}

/** Why `flavour` has not that mechanism; undefined if it has, or is not known. */
export function lackOf(mechanism: string, flavour: string): string | undefined {
  if (!Object.hasOwn(table, mechanism)) return undefined;
  const { lacking }: MechanismData = table[mechanism as Mechanism];
  return lacking[flavour];
}

/**
 * What Xen is expected to give to a party of a mechanism, for `toBeMappedAs`, which then also
 * records what it finds for the table of mechanisms in the reports.
 * @throws MisuseError for a party that the mechanism does not have.
 */
export function mappingOf<Name extends Mechanism>(
  mechanism: Name,
  party: PartyOf<Name>,
): PartyMapping & { readonly of: Share } {
  const mapping = expectedMapping({ mechanism, party });
  if (mapping !== undefined) return { of: { mechanism, party }, ...mapping };
  throw new MisuseError({
    who: mechanism,
    what: `has no party ${party}`,
    remedy: `it has: ${Object.keys(table[mechanism].parties).join(', ')}`,
  });
}
