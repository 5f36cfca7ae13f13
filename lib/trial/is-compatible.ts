// SPDX-License-Identifier: Apache-2.0
import { type DtNode, property, stringsOf } from '../dt/index.ts';

/** Whether one of a node's compatible strings is one of these; one that has no end is none. */
export function isCompatible(node: DtNode, ...words: readonly string[]): boolean {
  const compatible = property(node, 'compatible');
  if (compatible?.at(-1) !== 0) return false;
  return stringsOf(node, 'compatible')?.some((one) => words.includes(one)) === true;
}
