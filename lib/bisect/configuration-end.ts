// SPDX-License-Identifier: Apache-2.0
import type { PlacedTree } from '../import/placed-tree.ts';
import type { ShellConfig } from '../import/shell-config.ts';
import type { XlFile } from '../import/xl-syntax.ts';
import type { SourceText } from '../support/source-text.ts';

/** What a file of a configuration is, as far as it is understood. */
export type FileContent =
  | { readonly kind: 'tree'; readonly tree: PlacedTree }
  | { readonly kind: 'xl'; readonly xl: XlFile }
  | { readonly kind: 'image-builder'; readonly config: ShellConfig }
  | { readonly kind: 'script'; readonly source: SourceText }
  /** Part of a tree, which has been read with it. */
  | { readonly kind: 'included' }
  /** Nothing that is understood, as text where it is short. */
  | {
      readonly kind: 'other';
      readonly image: boolean;
      readonly source: SourceText | undefined;
    };

/** A file of a configuration. */
export interface EndFile {
  /** Its path in the configuration. */
  readonly name: string;
  /** As its user calls it. */
  readonly file: string;
  /** Where its bytes are. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
  readonly content: FileContent;
}

/** A configuration with all its files, as one end of a bisection. */
export interface ConfigurationEnd {
  /** As its user calls it. */
  readonly directory: string;
  /** By their names, in the order of these. */
  readonly files: ReadonlyMap<string, EndFile>;
}

/** An end for a test that executes nothing of it: what may be executed makes no difference there. */
export function notExecuted({ directory, files }: ConfigurationEnd): ConfigurationEnd {
  const plain = [...files].map(([name, file]) => [name, { ...file, executable: false }] as const);
  return { directory, files: new Map(plain) };
}

/** A tree alone, as a configuration. */
export function endOfTree(tree: PlacedTree, name = 'host.dtb'): ConfigurationEnd {
  const { file } = tree;
  const end: EndFile = {
    ...{ name, file, path: file, size: 0, sha256: '', executable: false },
    content: { kind: 'tree', tree },
  };
  return { directory: file, files: new Map([[name, end]]) };
}
