// SPDX-License-Identifier: Apache-2.0
import type { Where } from '../import/where.ts';

/** What was done to a configuration, in the terms of what it is written in. */
export type ChangeKind =
  | 'reservations changed'
  | 'boot CPU changed'
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
  | 'key added'
  | 'key removed'
  | 'key changed'
  | 'entry added'
  | 'entry removed'
  | 'entry changed'
  | 'lines added'
  | 'lines removed'
  | 'lines changed'
  | 'file added'
  | 'file removed'
  | 'file replaced'
  | 'image replaced'
  | 'mode changed'
  | 'option changed';

/** A place in a source: behind a whole statement, or behind the brace that opens a node. */
export interface Behind {
  readonly where: Where;
  readonly of: 'statement' | 'brace';
}

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
  /** Where in the good end it would stand, for what only the bad end has; where that is known. */
  readonly behind?: Behind | undefined;
  /**
   * The change alone, as a hunk of a unified diff of the user's files; where it is not known, that of
   * the statements at both places.
   */
  readonly hunk?: readonly string[];
}

/** Whether a mixture has a change, by its number. */
export type Has = (change: number) => boolean;

/** What of the two ends a mixture has; undefined for nothing. */
export type Mixer<T> = (has: Has) => T | undefined;
