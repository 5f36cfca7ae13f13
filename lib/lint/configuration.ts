// SPDX-License-Identifier: Apache-2.0
import type { ImportedFiles } from '../import/imported-files.ts';
import type { LintTarget } from './target.ts';

/** Files that are judged together, and the Xen that they are for. */
export interface Configuration extends ImportedFiles {
  readonly target: LintTarget;
}
