// SPDX-License-Identifier: Apache-2.0
import type { Where } from '../import/where.ts';

/** What was done to a configuration, in the terms of what it is written in. */
export type ChangeKind =
  | 'node added'
  | 'node removed'
  | 'node renamed'
  | 'order of nodes'
  | 'property added'
  | 'property removed'
  | 'property changed'
  | 'argument added'
  | 'argument removed'
  | 'argument changed'
  | 'file added'
  | 'file removed'
  | 'file changed'
  | 'option changed';

/** One difference between two configurations. */
export interface Change {
  readonly kind: ChangeKind;
  /** `/chosen/domU1/shm@50000000: xen,shared-mem`, or a file. */
  readonly what: string;
  /** Values, where they are short enough to be told in a line. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Where it is written; undefined in the end that has it not. */
  readonly good: Where | undefined;
  readonly bad: Where | undefined;
}

/** Whether a mixture has a change, by its number. */
export type Has = (change: number) => boolean;

/** What of the two ends a mixture has; undefined for nothing. */
export type Mixer<T> = (has: Has) => T | undefined;
