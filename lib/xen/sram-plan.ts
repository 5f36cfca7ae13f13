// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import { firstFree, type Range } from '../memory/ranges.ts';
import {
  type Bytes,
  guestAddressOf,
  type GuestAddress,
  hostAddressOf,
  type HostAddress,
  PAGE,
  SUPERPAGE,
} from '../support/units.ts';
import type { DomainSpec, Dom0Spec, SramMapSpec, SystemSpec } from './spec.ts';

/** Host memory outside the allocator's hands, with its address chosen. */
export interface PlannedSram {
  readonly name: string;
  readonly size: Bytes;
  readonly hostAddress: HostAddress;
  /** `xen,passthrough`. */
  readonly passthrough: boolean;
  /** Whether Linux' driver gives it to user space. */
  readonly exported: boolean;
  /** Left in the host's memory nodes, as a wrong tree has it, so that Xen gives it away. Default false. */
  readonly inMemory?: boolean | undefined;
}

/** One mapping of it into one domain. */
export interface PlannedSramMapping {
  readonly sram: PlannedSram;
  readonly guestAddress: GuestAddress;
  /** `undefined` in dom0, for which Xen maps the host's own node. */
  readonly by: NonNullable<SramMapSpec['by']> | undefined;
  /** Whether `xen,path` and `xen,force-assign-without-iommu` are given. */
  readonly path: boolean;
  readonly forceAssign: boolean;
  readonly memory: Stage1Attribute;
}

/** Where it lies in host memory. */
export function sramRange(sram: PlannedSram): Range {
  return { name: `sram.${sram.name}`, start: sram.hostAddress, size: BigInt(sram.size) };
}

/** What the specification itself places in host memory. */
export function placedSram(spec: SystemSpec): Range[] {
  return Object.entries(spec.sram ?? {}).flatMap(([name, { hostAddress, size }]) =>
    hostAddress === undefined ? [] : [{ name, start: hostAddress, size: BigInt(size) }],
  );
}

/** Chooses host addresses from `base` on, outside what is `taken`. */
export function planSram(spec: SystemSpec, taken: readonly Range[], base: bigint): PlannedSram[] {
  const used = [...taken, ...placedSram(spec)];
  return Object.entries(spec.sram ?? {}).map(([name, sram]) => {
    const size = BigInt(sram.size);
    const alignment = BigInt(sram.size >= SUPERPAGE ? SUPERPAGE : PAGE);
    const start = sram.hostAddress ?? firstFree(used, base, size, alignment);
    // What follows it stays ordinary RAM: there a mapping that is too long would reach.
    if (sram.hostAddress === undefined) used.push({ name, start, size: size + BigInt(SUPERPAGE) });
    return {
      name,
      size: sram.size,
      hostAddress: hostAddressOf(start),
      passthrough: sram.passthrough ?? false,
      exported: sram.exported ?? false,
    };
  });
}

/** What the specification itself places in a domain. */
export function placedSramMappings(domain: DomainSpec, banks: readonly PlannedSram[]): Range[] {
  return Object.entries(domain.sram ?? {}).flatMap(([name, { guestAddress }]) => {
    const sram = banks.find((bank) => bank.name === name);
    return guestAddress === undefined || sram === undefined
      ? []
      : [{ name, start: guestAddress, size: BigInt(sram.size) }];
  });
}

/** Chooses guest addresses from `base` on, outside what is `taken` in the domain. */
export function planSramMappings(
  domain: DomainSpec,
  banks: readonly PlannedSram[],
  taken: readonly Range[],
  base: bigint,
): PlannedSramMapping[] {
  const used = [...taken];
  return Object.entries(domain.sram ?? {}).flatMap(([name, map]) => {
    const sram = banks.find((bank) => bank.name === name);
    if (sram === undefined) return [];
    const size = BigInt(sram.size);
    const start = map.guestAddress ?? firstFree(used, base, size, BigInt(SUPERPAGE));
    if (map.guestAddress === undefined) used.push({ name, start, size: size + BigInt(SUPERPAGE) });
    const by = map.by ?? 'xen,reg';
    return {
      sram,
      guestAddress: guestAddressOf(start),
      by,
      path: map.path ?? true,
      forceAssign: map.forceAssign ?? true,
      memory: map.memory ?? (by === 'xen,reg' ? 'normal-non-cacheable' : 'normal-write-back'),
    };
  });
}

/** dom0's: where they are in host memory, with an attribute that agrees with the domUs'. */
export function planDom0Sram(
  dom0: Dom0Spec,
  banks: readonly PlannedSram[],
  domUs: readonly { readonly sram: readonly PlannedSramMapping[] }[],
): PlannedSramMapping[] {
  return Object.entries(dom0.sram ?? {}).flatMap(([name, { memory }]) => {
    const sram = banks.find((bank) => bank.name === name);
    if (sram === undefined) return [];
    const uses = domUs.flatMap((domain) => domain.sram.filter((use) => use.sram === sram));
    const cacheable = uses.some(({ by }) => by === 'xen,reg-cacheable');
    return {
      sram,
      guestAddress: guestAddressOf(sram.hostAddress),
      by: undefined,
      path: false,
      forceAssign: false,
      memory: memory ?? (cacheable ? 'normal-write-back' : 'normal-non-cacheable'),
    };
  });
}
