// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import { hex } from '../support/units.ts';

/** How stage 2 translates, as VTCR_EL2 says. Sizes are powers of two, given by their exponents. */
export interface Stage2Regime {
  /** Bits of an intermediate physical (guest) address. */
  readonly inputBits: number;
  /** Bits of an address within one page: 12, 14 or 16. */
  readonly granuleBits: number;
  /** Level of the root tables: 0 to 3. */
  readonly startLevel: number;
  /** How many tables of one granule the root is made of: more than 1 when it is concatenated. */
  readonly rootTables: number;
}

/** VTCR_EL2.TG0 (Arm ARM D24.2.193). */
const granules: Readonly<Record<number, number>> = { 0: 12, 1: 16, 2: 14 };

/**
 * VTCR_EL2.SL0 by granule: 4 KiB tables count from level 2 upwards, 3 being level 3 (FEAT_TTST);
 * 16 and 64 KiB tables from level 3.
 */
function startLevelOf(granuleBits: number, sl0: number): number {
  if (granuleBits === 12) return sl0 === 3 ? 3 : 2 - sl0;
  return 3 - sl0;
}

/** Bits of the input address that one level of tables resolves. */
export function bitsPerLevel(regime: Pick<Stage2Regime, 'granuleBits'>): number {
  return regime.granuleBits - 3;
}

/** The lowest input address bit that a level resolves: what one entry maps is 2 to its power. */
export function levelShift(regime: Pick<Stage2Regime, 'granuleBits'>, level: number): number {
  return regime.granuleBits + (3 - level) * bitsPerLevel(regime);
}

/**
 * Reads VTCR_EL2: T0SZ, SL0 and TG0 (Arm ARM D24.2.193, D8.2.2 concatenated tables).
 * @throws EnvironmentError for a value that no implementation may use: it was not VTCR_EL2.
 */
export function readRegime(vtcr: bigint): Stage2Regime {
  const field = (low: number, bits: number): number =>
    Number((vtcr >> BigInt(low)) & ((1n << BigInt(bits)) - 1n));
  const granuleBits = granules[field(14, 2)];
  const inputBits = 64 - field(0, 6);
  if (granuleBits === undefined) throw notVtcr(vtcr, 'TG0 is reserved');
  if (inputBits < 25 || inputBits > 52) throw notVtcr(vtcr, `T0SZ gives ${inputBits} bits`);
  const startLevel = startLevelOf(granuleBits, field(6, 2));
  const shift = levelShift({ granuleBits }, startLevel);
  const extra = inputBits - shift - bitsPerLevel({ granuleBits });
  if (inputBits <= shift)
    throw notVtcr(vtcr, `level ${startLevel} begins above ${inputBits} bits of input`);
  // At most 16 tables may be concatenated.
  if (extra > 4)
    throw notVtcr(vtcr, `level ${startLevel} leaves ${extra} bits to concatenated tables`);
  return { inputBits, granuleBits, startLevel, rootTables: extra > 0 ? 1 << extra : 1 };
}

function notVtcr(vtcr: bigint, why: string): EnvironmentError {
  return new EnvironmentError({
    who: 'stage 2',
    what: `VTCR_EL2 cannot be ${hex(vtcr)}: ${why}`,
    remedy: 'see whether the register was read from a processor that runs Xen',
  });
}
