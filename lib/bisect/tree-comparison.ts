// SPDX-License-Identifier: Apache-2.0
import type { DtNode } from '../dt/index.ts';
import type { PlacedTree } from '../import/placed-tree.ts';
import type { Change } from './change.ts';

export type Property = DtNode['properties'][number];

/** The two ends, and the changes that were found so far. */
export interface Comparison {
  readonly good: PlacedTree;
  readonly bad: PlacedTree;
  readonly changes: Change[];
}

/** A node's path in each end. */
export interface Paths {
  readonly good: string;
  readonly bad: string;
}
