// SPDX-License-Identifier: Apache-2.0
import type { BoardNetwork } from '../lab/lab.ts';

/** A board's network without a mask is as wide as U-Boot takes it to be. */
const usualMask = '255.255.255.0';

/** Ones at the beginning of a mask in dotted form. */
export function prefixLength(mask: string): number {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return bits.indexOf('0') < 0 ? 32 : bits.indexOf('0');
}

/** What a Linux dom0 is told of the network of its board. */
export function linuxArguments({ board, netmask = usualMask, gateway }: BoardNetwork): string[] {
  return [
    `crosspage.address=${board}/${prefixLength(netmask)}`,
    ...(gateway === undefined ? [] : [`crosspage.gateway=${gateway}`]),
  ];
}
