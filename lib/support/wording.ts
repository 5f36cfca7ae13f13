// SPDX-License-Identifier: Apache-2.0

/** `1 test`, `2 tests`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
