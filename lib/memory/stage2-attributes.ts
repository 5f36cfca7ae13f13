// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from './attributes.ts';

/** Cacheability of Normal memory, of one cache level group. */
export type Cacheability = 'non-cacheable' | 'write-through' | 'write-back';

/** Device types, the most restrictive first. */
export const deviceTypes = [
  'device-nGnRnE',
  'device-nGnRE',
  'device-nGRE',
  'device-GRE',
] as const satisfies readonly Stage1Attribute[];

/** A memory type as stage 2, or both stages together, give it. */
export type MemoryType =
  Stage1Attribute | `normal-inner-${Cacheability}-outer-${Cacheability}` | 'reserved';

/** Shareability domain (Arm ARM B2.7). */
export type Shareability = 'none' | 'outer' | 'inner' | 'reserved';

/** What a guest may do by loads and stores (S2AP). */
export type Stage2Access = 'none' | 'ro' | 'wo' | 'rw';

/** What a stage-2 entry gives to the memory that it maps. */
export interface Stage2Attributes {
  readonly memory: MemoryType;
  readonly shareability: Shareability;
  readonly access: Stage2Access;
  /** Whether instructions may be fetched (XN[1] is 0). */
  readonly execute: boolean;
}

const cacheabilities: readonly (Cacheability | undefined)[] = [
  undefined,
  'non-cacheable',
  'write-through',
  'write-back',
];

const shareabilities: readonly Shareability[] = ['none', 'reserved', 'outer', 'inner'];
const accesses: readonly Stage2Access[] = ['none', 'ro', 'wo', 'rw'];

function normalType(inner: Cacheability, outer: Cacheability): MemoryType {
  return inner === outer ? `normal-${inner}` : `normal-inner-${inner}-outer-${outer}`;
}

/** MemAttr[3:0] of a stage-2 descriptor, without FEAT_S2FWB (Arm ARM D8.6.5, table D8-85). */
function memoryType(memAttr: number): MemoryType {
  const outer = cacheabilities[memAttr >> 2];
  if (outer === undefined) return deviceTypes[memAttr & 3] ?? 'reserved';
  const inner = cacheabilities[memAttr & 3];
  return inner === undefined ? 'reserved' : normalType(inner, outer);
}

/** The attributes of a stage-2 block or page descriptor (Arm ARM D8.3.2). */
export function readAttributes(descriptor: bigint): Stage2Attributes {
  const low = Number(descriptor & 0xfffn);
  return {
    memory: memoryType((low >> 2) & 0xf),
    access: accesses[(low >> 6) & 3] ?? 'none',
    shareability: shareabilities[(low >> 8) & 3] ?? 'reserved',
    execute: ((descriptor >> 54n) & 1n) === 0n,
  };
}

function cacheabilityOf(type: MemoryType, side: 'inner' | 'outer'): Cacheability | undefined {
  const both = /^normal-(non-cacheable|write-through|write-back)$/.exec(type)?.[1];
  const one = new RegExp(`${side}-(non-cacheable|write-through|write-back)`).exec(type)?.[1];
  return (both ?? one) as Cacheability | undefined;
}

const weaker = (a: Cacheability, b: Cacheability): Cacheability =>
  cacheabilities.indexOf(a) < cacheabilities.indexOf(b) ? a : b;

/**
 * What the two stages combine to without FEAT_S2FWB: Device over Normal, the more restrictive
 * Device type, the weaker cacheability of each side (Arm ARM D8.6.6).
 */
export function combineMemory(stage1: MemoryType, stage2: MemoryType): MemoryType {
  if (stage1 === 'reserved' || stage2 === 'reserved') return 'reserved';
  const device = deviceTypes.find((type) => type === stage1 || type === stage2);
  if (device !== undefined) return device;
  const side = (which: 'inner' | 'outer'): Cacheability =>
    weaker(
      cacheabilityOf(stage1, which) ?? 'non-cacheable',
      cacheabilityOf(stage2, which) ?? 'non-cacheable',
    );
  return normalType(side('inner'), side('outer'));
}

/**
 * The shareability that results: of Device and of Normal Non-cacheable memory always outer, else
 * the wider of both (Arm ARM D8.6.7).
 */
export function combineShareability(
  memory: MemoryType,
  stage1: Shareability,
  stage2: Shareability,
): Shareability {
  if (memory.startsWith('device-') || memory === 'normal-non-cacheable') return 'outer';
  for (const wide of ['reserved', 'outer', 'inner'] as const)
    if (stage1 === wide || stage2 === wide) return wide;
  return 'none';
}
