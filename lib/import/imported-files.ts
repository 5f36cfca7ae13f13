// SPDX-License-Identifier: Apache-2.0
import type { SourceProblem, SourceText } from '../support/source-text.ts';
import type { HostTree } from './host-tree.ts';
import type { ImageBuilderConfig } from './image-builder.ts';
import type { PartialTree } from './partial-tree.ts';
import type { UBootScript } from './u-boot-script.ts';
import type { XlDomain } from './xl-domain.ts';

/** Files that belong together, read. */
export interface ImportedFiles {
  readonly hosts: readonly HostTree[];
  readonly partials: readonly PartialTree[];
  readonly domains: readonly XlDomain[];
  readonly imageBuilders: readonly ImageBuilderConfig[];
  readonly scripts: readonly UBootScript[];
  /** What could not be read at all. */
  readonly unreadable: readonly SourceProblem[];
  /** The texts among them, included ones too, as their authors wrote them. */
  readonly texts: readonly SourceText[];
}
