// SPDX-License-Identifier: Apache-2.0
/** A script of U-Boot's shell as commands of words, with the place of each command. */
import { Lines, type SourceText } from '../support/source-text.ts';
import type { Where } from './where.ts';

/** A command; its words still have their variables in them. */
export interface UBootCommand {
  readonly words: readonly UBootWord[];
  readonly where: Where;
}

export interface UBootWord {
  readonly text: string;
  /** In single quotes: its variables are not filled in. */
  readonly literal: boolean;
}

const comment = /[ \t]*#[^\n]*/y;

/** One word, quotes off. Single quotes around all of it make it literal. */
function readWord(text: string, from: number): { word: UBootWord; end: number } {
  let value = '';
  let quote = '';
  let literal = false;
  let at = from;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && /[\s;&|]/.test(character)) break;
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      literal ||= character === "'";
    } else if (character === '\\' && quote !== "'") {
      const next = text.charAt(++at);
      value += next === '\n' ? '' : next;
    } else value += character;
  }
  return { word: { text: value, literal }, end: at };
}

/** Words of the shell that a command may stand behind. */
const openers = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!']);

/**
 * Splits a script into commands: at line ends, `;`, `&&` and `||`, every branch alike. What they
 * come to is not known: all of them are followed, as if each went well.
 */
export function parseUBootScript(source: SourceText): UBootCommand[] {
  const lines = new Lines(source);
  const { text } = source;
  const commands: UBootCommand[] = [];
  let words: UBootWord[] = [];
  let start = 0;
  const flush = (end: number): void => {
    if (words.length > 0) {
      const place = lines.place(start, end - start);
      commands.push({ words, where: { file: place.file, place, line: lines.text(place.line) } });
    }
    words = [];
  };
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (/[\n;&|]/.test(character)) {
      flush(at++);
      continue;
    }
    if (/\s/.test(character) || (character === '\\' && text.charAt(at + 1) === '\n')) {
      at += character === '\\' ? 2 : 1;
      continue;
    }
    if (character === '#') {
      comment.lastIndex = at;
      at += comment.exec(text)?.[0].length ?? 1;
      continue;
    }
    const { word, end } = readWord(text, at);
    // In quotes it is a word like others.
    if (words.length > 0 || !openers.has(text.slice(at, end))) {
      if (words.length === 0) start = at;
      words.push(word);
    }
    at = end;
  }
  flush(text.length);
  return commands;
}
