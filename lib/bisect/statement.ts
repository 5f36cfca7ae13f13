// SPDX-License-Identifier: Apache-2.0
import type { Place } from '../support/source-text.ts';
import type { Behind } from './change.ts';

/** Whole lines of a source, numbered from 1. */
export interface LineSpan {
  readonly first: number;
  readonly lines: readonly string[];
}

/** A place behind which nothing but a comment stands on its line, numbered from 1. */
export interface LineEnd {
  readonly file: string;
  readonly line: number;
}

/** Strings, comments, and what ends or opens a statement of a device tree source. */
const tokens = /"(?:[^"\\]|\\[^])*"|\/\*[^]*?\*\/|\/\/[^\n]*|[{};]/g;

/**
 * The lines of the property or node that begins at a place: up to its `;`, with all braces closed.
 * @see Devicetree specification v0.4, 6.
 */
export function statementAt(text: string, place: Place): LineSpan {
  const { line } = place;
  const start = offsetOf(text, place);
  const last = line + text.slice(start, endOf(text, start, ';')).split('\n').length - 1;
  return { first: line, lines: text.split('\n').slice(line - 1, last) };
}

function offsetOf(text: string, { line, column }: Place): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
}

/** Where the first of these tokens stands from `start` on, outside of braces but for one that is sought. */
function endOf(text: string, start: number, sought: ';' | '{'): number {
  tokens.lastIndex = start;
  let depth = 0;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === sought && depth === 0) return token.index;
    if (token[0] === '{') depth++;
    if (token[0] === '}') depth--;
  }
  return text.length;
}

/** Behind which line something new may be put; undefined where more stands on that line. */
export function lineEndBehind(text: string, { where: { place }, of }: Behind): LineEnd | undefined {
  if (place === undefined) return undefined;
  const end = endOf(text, offsetOf(text, place), of === 'brace' ? '{' : ';');
  const [rest = ''] = text.slice(end + 1).split('\n', 1);
  if (!/^\s*(?:\/\/.*|\/\*(?:(?!\*\/).)*\*\/\s*)?$/.test(rest)) return undefined;
  return { file: place.file, line: text.slice(0, end).split('\n').length };
}
