// SPDX-License-Identifier: Apache-2.0
import type { Place } from '../support/source-text.ts';

/** Whole lines of a source, numbered from 1. */
export interface LineSpan {
  readonly first: number;
  readonly lines: readonly string[];
}

/** Strings, comments, and what ends or opens a statement of a device tree source. */
const tokens = /"(?:[^"\\]|\\[^])*"|\/\*[^]*?\*\/|\/\/[^\n]*|[{};]/g;

/**
 * The lines of the property or node that begins at a place: up to its `;`, with all braces closed.
 * @see Devicetree specification v0.4, 6.
 */
export function statementAt(text: string, { line, column }: Place): LineSpan {
  const all = text.split('\n');
  const start = all.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  tokens.lastIndex = start;
  let depth = 0;
  let end = text.length;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '{') depth++;
    if (token[0] === '}') depth--;
    if (token[0] !== ';' || depth > 0) continue;
    end = token.index;
    break;
  }
  const last = line + text.slice(start, end).split('\n').length - 1;
  return { first: line, lines: all.slice(line - 1, last) };
}
