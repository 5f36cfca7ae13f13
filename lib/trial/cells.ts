// SPDX-License-Identifier: Apache-2.0
import { describeWhere, type Where } from '../import/where.ts';
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';

/**
 * A number in that many cells, the high one first.
 * @param of what it is written into, for messages.
 * @throws MisuseError when they cannot hold it: a host address has another place here than the user's.
 */
export function inCells(
  value: bigint,
  count: number,
  of: { readonly who: string; readonly where?: Where },
): number[] {
  if (value >> BigInt(32 * count) !== 0n)
    throw new MisuseError({
      who: of.who,
      what: `cannot be told of host address ${hex(value)}, which the machine has for the user's: its cells hold ${32 * count} bits`,
      where: of.where && describeWhere(of.where),
      remedy: 'write #address-cells = <2> in the node above, and addresses of two cells',
    });
  return Array.from({ length: count }, (_unused, index) =>
    Number((value >> BigInt(32 * (count - 1 - index))) & 0xffff_ffffn),
  );
}
