// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, placeKey, readBlob, readSource } from '../dt/index.ts';
import type { Place, SourceText } from '../support/source-text.ts';
import type { Include } from '../dt/source-scanner.ts';
import type { Where } from './where.ts';

/** A device tree that came from a file, with where each of its parts stands there. */
export class PlacedTree {
  readonly file: string;
  readonly tree: DeviceTree;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #lines: readonly string[];

  private constructor(
    file: string,
    tree: DeviceTree,
    places: ReadonlyMap<string, Place>,
    text = '',
  ) {
    this.file = file;
    this.tree = tree;
    this.#places = places;
    this.#lines = text.split('\n');
  }

  /** @throws SourceError with the place of what cannot be read. */
  static fromSource(source: SourceText, include?: Include): PlacedTree {
    const { tree, places } = readSource(source, include);
    return new PlacedTree(source.file, tree, places, source.text);
  }

  /** @throws BlobError for what is no flattened device tree. */
  static fromBlob(file: string, bytes: Uint8Array): PlacedTree {
    return new PlacedTree(file, readBlob(bytes), new Map());
  }

  /** Where a node stands, or one of its properties; the node where there is no such property. */
  at(path: string, property?: string): Where {
    const key = property === undefined ? path : placeKey(path, property);
    const place = this.#places.get(key) ?? this.#places.get(path);
    const file = place?.file ?? this.file;
    const line = file === this.file && place ? this.#lines[place.line - 1] : undefined;
    return { file, place, line, path: key };
  }
}
