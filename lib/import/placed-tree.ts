// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, deviceTree, node, placeKey, readBlob, readSource } from '../dt/index.ts';
import { Lines, type Place, type SourceText } from '../support/source-text.ts';
import type { Include } from '../dt/source-scanner.ts';
import type { Where, Written } from './where.ts';

/** How files beside a source are found. */
export interface SourceFiles {
  readonly include?: Include | undefined;
  /**
   * What a file is as its author wrote it, for the lines of messages: it differs from what is read
   * where a preprocessor came between.
   */
  readonly textOf?: ((file: string) => string | undefined) | undefined;
}

/** What a {@link PlacedTree} keeps besides its tree. */
interface Origins {
  readonly places?: ReadonlyMap<string, Place>;
  readonly extents?: ReadonlyMap<string, readonly [Place, Place]>;
  readonly textOf?: (file: string) => string | undefined;
  /** Where it is not a source that says something. */
  readonly wheres?: ReadonlyMap<string, Where>;
}

/** A device tree that came from a file, with where each of its parts stands there. */
export class PlacedTree {
  readonly file: string;
  readonly tree: DeviceTree;
  readonly #origins: Origins;
  readonly #lines = new Map<string, Lines | undefined>();

  private constructor(file: string, tree: DeviceTree, origins: Origins) {
    this.file = file;
    this.tree = tree;
    this.#origins = origins;
  }

  /** @throws SourceError with the place of what cannot be read. */
  static fromSource(source: SourceText, { include, textOf }: SourceFiles = {}): PlacedTree {
    const included = new Map([[source.file, source.text]]);
    const { tree, places, extents } = readSource(source, (name, from) => {
      const found = include?.(name, from);
      if (found !== undefined) included.set(found.file, found.text);
      return found;
    });
    // Behind a preprocessor, columns are not those of the author.
    const untouched = (textOf?.(source.file) ?? source.text) === source.text;
    return new PlacedTree(source.file, tree, {
      places,
      ...(untouched && { extents }),
      textOf: textOf ?? ((file) => included.get(file)),
    });
  }

  /** @throws BlobError for what is no flattened device tree. */
  static fromBlob(file: string, bytes: Uint8Array): PlacedTree {
    return new PlacedTree(file, readBlob(bytes), {});
  }

  /** A tree in which there is nothing yet. */
  static empty(file: string): PlacedTree {
    return new PlacedTree(file, deviceTree(node('')), {});
  }

  /**
   * A tree that somebody makes of this one, and where what is new in it is said: by the key of
   * `placeKey`, or a node's path.
   */
  edited(tree: DeviceTree, wheres: ReadonlyMap<string, Where>): PlacedTree {
    return new PlacedTree(this.file, tree, {
      ...this.#origins,
      wheres: new Map([...(this.#origins.wheres ?? []), ...wheres]),
    });
  }

  /** Where a node stands, or one of its properties; the node where there is no such property. */
  at(path: string, property?: string): Where {
    const key = property === undefined ? path : placeKey(path, property);
    const { places, wheres } = this.#origins;
    const said = wheres?.get(key) ?? (places?.has(key) === true ? undefined : wheres?.get(path));
    if (said !== undefined) return { ...said, path: key };
    const place = places?.get(key) ?? places?.get(path);
    const file = place?.file ?? this.file;
    const line = place && this.#linesOf(file)?.text(place.line);
    return { file, place, line, path: key };
  }

  /** A property's value as it is written; undefined where that is not known for certain. */
  written(path: string, property: string): Written | undefined {
    const key = placeKey(path, property);
    const extent = this.#origins.extents?.get(key);
    if (extent === undefined || this.#origins.wheres?.has(key) === true) return undefined;
    const [from, to] = extent;
    const lines = this.#linesOf(from.file);
    if (lines === undefined || to.file !== from.file) return undefined;
    const start = lines.offset(from);
    const text = lines.slice(start, lines.offset(to)).trimEnd();
    return { file: from.file, start, end: start + text.length, text };
  }

  #linesOf(file: string): Lines | undefined {
    if (!this.#lines.has(file)) {
      const text = this.#origins.textOf?.(file);
      this.#lines.set(file, text === undefined ? undefined : new Lines({ file, text }));
    }
    return this.#lines.get(file);
  }
}
