// SPDX-License-Identifier: Apache-2.0
/** What shows that an error is one, although what it is about boots and shares. */
import type { HostTree } from '../import/host-tree.ts';
import type { QuietRule } from '../lint/rules.ts';
import { describeRange, endOf, overlaps, type Range, subtract } from '../memory/ranges.ts';
import type { Stage2Map } from '../memory/stage2-map.ts';
import { hex } from '../support/units.ts';
import { guestDevices, guestRam } from '../xen/guest-layout.ts';
import type { PlannedDomain, SystemPlan } from '../xen/plan.ts';

/** What a system that is up shows of itself. */
export interface Shown {
  readonly plan: SystemPlan;
  readonly maps: ReadonlyMap<string, Stage2Map>;
  /** The console's lines. */
  readonly console: readonly string[];
  /** What the host device tree says is RAM, and what of it is reserved, where xl's domains are. */
  readonly host?: Pick<HostTree, 'memory' | 'reserved'>;
}

/** A sentence for each rule that has one. */
export type Proofs = Partial<Record<QuietRule, string>>;

interface Mapped extends Range {
  /** Undefined where Xen chose it. */
  readonly host: bigint | undefined;
}

const mappedBy = ({ mappings, sram }: PlannedDomain): Mapped[] => [
  ...mappings.map(({ region, guestAddress }) => ({
    name: region.name,
    start: guestAddress,
    size: BigInt(region.size),
    host: region.hostAddress,
  })),
  ...sram.map(({ sram: { name, size, hostAddress }, guestAddress }) => ({
    name,
    start: guestAddress,
    size: BigInt(size),
    host: hostAddress,
  })),
];

/** First address that two ranges have. */
const firstOf = (a: Range, b: Range): bigint => (a.start > b.start ? a.start : b.start);

/** Stage 2 has the shared frame where the guest's own RAM or a device of it was to be. */
function guestOverlap({ plan, maps }: Shown): string | undefined {
  for (const domain of plan.domains) {
    const map = maps.get(domain.name);
    const there = [...guestRam(domain.memory), ...guestDevices];
    for (const mapped of mappedBy(domain))
      for (const other of there.filter((range) => overlaps(mapped, range))) {
        const at = firstOf(mapped, other);
        const entry = map?.entryAt(at);
        if (entry === undefined) continue;
        const frame = entry.hostAddress + (at - entry.guestAddress);
        if (mapped.host !== undefined && frame !== mapped.host + (at - mapped.start)) continue;
        return `${domain.name}: guest address ${hex(at)}, of its ${other.name}, is frame ${hex(frame)} of ${mapped.name}`;
      }
  }
  return undefined;
}

/** xen/arch/arm/setup.c: `RAM: 0000000040000000 - 000000007fffffff`. */
const ramLine = /\bRAM: ([0-9a-f]+) - ([0-9a-f]+)/;

/** Xen counts among its RAM what is passed to a domain. */
function passedRam({ plan, console }: Shown): string | undefined {
  const banks = console.flatMap((line) => {
    const [, first, last] = ramLine.exec(line) ?? [];
    if (first === undefined || last === undefined) return [];
    const start = BigInt(`0x${first}`);
    return [{ name: 'RAM', start, size: BigInt(`0x${last}`) + 1n - start }];
  });
  for (const { name, hostAddress, size } of plan.sram) {
    const range = { name, start: hostAddress, size: BigInt(size) };
    const bank = banks.find((one) => one.start <= range.start && endOf(range) <= endOf(one));
    if (bank !== undefined) return `Xen's RAM is ${describeRange(bank)}: ${name} is in it`;
  }
  return undefined;
}

/** xen/arch/arm/bootfdt.c of 4.17, process_shm_node: what it says where it stops reading the tree. */
const refusedRegion =
  /fdt: (?:shared memory region overlap with an existing entry|different shared memory region could not share the same shm ID)/;

/** Xen says that it does not take a region, and goes on without what stands behind it. */
const stopped = ({ console }: Shown): string | undefined =>
  console.find((line) => refusedRegion.test(line));

/** Stage 2 of a domain has frames that Xen has for others. */
function mappedRam({ plan, maps, host }: Shown): string | undefined {
  if (host === undefined) return undefined;
  for (const domain of plan.domains)
    for (const mapped of mappedBy(domain)) {
      if (mapped.host === undefined) continue;
      const there = { name: mapped.name, start: mapped.host, size: mapped.size };
      for (const part of subtract(there, host.reserved)) {
        const at = mapped.start + (part.start - mapped.host);
        const entry = maps.get(domain.name)?.entryAt(at);
        const isRam = host.memory.some((bank) => overlaps(bank, part));
        if (
          isRam &&
          entry !== undefined &&
          entry.hostAddress + (at - entry.guestAddress) === part.start
        )
          return `${domain.name}: guest address ${hex(at)} is frame ${hex(part.start)}, which is not reserved`;
      }
    }
  return undefined;
}

const provers: Readonly<Record<QuietRule, (shown: Shown) => string | undefined>> = {
  'shm-differs': stopped,
  'guest-overlap': guestOverlap,
  'host-overlap': passedRam,
  'reg-ram': passedRam,
  'iomem-ram': mappedRam,
};

/** All that a system shows which a rule may count on. */
export function prove(shown: Shown): Proofs {
  return Object.fromEntries(
    Object.entries(provers).flatMap(([rule, proof]) => {
      const sentence = proof(shown);
      return sentence === undefined ? [] : [[rule, sentence]];
    }),
  );
}
