// SPDX-License-Identifier: Apache-2.0
import { describePlace, type Place, showLine } from '../support/source-text.ts';

/** Where a value of a configuration comes from. */
export interface Where {
  readonly file: string;
  /** In a text file. */
  readonly place?: Place | undefined;
  /** The source line there. */
  readonly line?: string | undefined;
  /** In a device tree: the node, or `node:property`. */
  readonly path?: string | undefined;
}

/** `file:line:column`, or for a blob `file(/path:property)`. */
export function describeWhere({ file, place, path }: Where): string {
  if (place !== undefined) return describePlace(place);
  return path === undefined ? file : `${file}(${path})`;
}

/** The source line with a caret; undefined for a blob. */
export function showWhere({ place, line }: Where): string | undefined {
  return place === undefined || line === undefined ? undefined : showLine(line, place);
}

/** A piece of a file's text. */
export interface Written {
  readonly file: string;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A value with its origin. */
export interface From<T> {
  readonly value: T;
  readonly where: Where;
}
