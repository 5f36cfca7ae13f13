// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { PartialTree } from '../import/partial-tree.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import type { SourceProblem } from '../support/source-text.ts';
import type { LintTarget } from './target.ts';

/** Files that are judged together, read. */
export interface Configuration {
  readonly target: LintTarget;
  readonly hosts: readonly HostTree[];
  readonly partials: readonly PartialTree[];
  readonly domains: readonly XlDomain[];
  /** What could not be read at all. */
  readonly unreadable: readonly SourceProblem[];
}
