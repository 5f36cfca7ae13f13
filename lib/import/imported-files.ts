// SPDX-License-Identifier: Apache-2.0
import type { SourceProblem, SourceText } from '../support/source-text.ts';
import type { HostTree } from './host-tree.ts';
import type { PartialTree } from './partial-tree.ts';
import type { XlDomain } from './xl-domain.ts';

/** Files that belong together, read. */
export interface ImportedFiles {
  readonly hosts: readonly HostTree[];
  readonly partials: readonly PartialTree[];
  readonly domains: readonly XlDomain[];
  /** What could not be read at all. */
  readonly unreadable: readonly SourceProblem[];
  /** The texts among them, included ones too, as their authors wrote them. */
  readonly texts: readonly SourceText[];
}
