// SPDX-License-Identifier: Apache-2.0

declare const hostAddress: unique symbol;
declare const guestAddress: unique symbol;

/** A host physical address (Arm: PA; Xen: maddr). */
export type HostAddress = bigint & { readonly [hostAddress]: never };

/** A guest physical address (Arm: IPA; Xen: gaddr). */
export type GuestAddress = bigint & { readonly [guestAddress]: never };

/** A size in bytes. */
export type Bytes = number;

/** That many times 1024 bytes. */
export const KiB = (count: number): Bytes => count * 0x400;
/** That many times 1024 KiB, in bytes. */
export const MiB = (count: number): Bytes => count * 0x10_0000;
/** That many times 1024 MiB, in bytes. */
export const GiB = (count: number): Bytes => count * 0x4000_0000;

/** Xen's page on Arm: 4 KiB, whatever granule a guest uses. */
export const PAGE: Bytes = 0x1000;

/** What one level-2 block of a 4 KiB granule maps. */
export const SUPERPAGE: Bytes = 0x20_0000;

export function hostAddressOf(value: bigint | number): HostAddress {
  return BigInt(value) as HostAddress;
}

export function guestAddressOf(value: bigint | number): GuestAddress {
  return BigInt(value) as GuestAddress;
}

/** `0x` and lower-case digits, grouped by nothing: the form that Xen and gdb print. */
export function hex(value: bigint | number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** A size as people write it: `4 KiB`, `2 MiB`, `1.5 MiB`, `17 B`. */
export function formatBytes(size: Bytes): string {
  const [unit, scale] = (
    [
      ['GiB', GiB(1)],
      ['MiB', MiB(1)],
      ['KiB', KiB(1)],
    ] as const
  ).find(([, least]) => size >= least) ?? ['B', 1];
  return `${String(Number((size / scale).toFixed(2)))} ${unit}`;
}

/** The greatest multiple of `alignment` that is not above `value`. `alignment` is a power of two. */
export function alignDown(value: bigint, alignment: Bytes): bigint {
  return value & ~(BigInt(alignment) - 1n);
}

/** The least multiple of `alignment` that is not below `value`. `alignment` is a power of two. */
export function alignUp(value: bigint, alignment: Bytes): bigint {
  const mask = BigInt(alignment) - 1n;
  return (value + mask) & ~mask;
}

/** Whether `value` is a multiple of `alignment`, a power of two. */
export function isAligned(value: bigint | number, alignment: Bytes): boolean {
  return (BigInt(value) & (BigInt(alignment) - 1n)) === 0n;
}
