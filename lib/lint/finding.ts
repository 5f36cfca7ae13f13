// SPDX-License-Identifier: Apache-2.0
import type { Where } from '../import/where.ts';
import type { RuleName } from './rules.ts';

/** An error keeps from working, or corrupts; a warning works, and is not what it seems. */
export type Severity = 'error' | 'warning';

/** A change of a file that mends it, and changes the meaning of nothing else. */
export interface Edit {
  readonly file: string;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Something that is wrong with a configuration. */
export interface Finding {
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly where: Where;
  /** What is wrong, one line, with the values. */
  readonly message: string;
  /** What will happen with the Xen that is meant, one line. */
  readonly consequence: string;
  /** What to write instead. */
  readonly fix: string;
  /** The other side of a contradiction. */
  readonly related?: readonly Where[];
  /** For `--fix`, where what was meant is certain. */
  readonly edit?: Edit | undefined;
}
