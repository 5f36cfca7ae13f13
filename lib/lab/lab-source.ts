// SPDX-License-Identifier: Apache-2.0
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  visit,
} from 'yaml';
import { hideSecrets } from './hide-secrets.ts';

/** So much of a line is shown. */
const widest = 72;

/** A way into the file: keys, and numbers of list items. */
export type LabPath = readonly (string | number)[];

/** A place in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong, with where it stands. */
export interface LabFault {
  readonly path: LabPath;
  /** What is there, and what was expected. */
  readonly what: string;
  readonly position: Position | undefined;
  /** Whether it is this machine that has to change, not the file. */
  readonly ofMachine?: boolean;
}

/** What may be said of a fault of syntax: the parser's own words would quote the file. */
const syntaxFaults: Readonly<Record<string, string>> = {
  BAD_INDENT: 'is not indented as what it belongs to, or something before it is not closed',
  TAB_AS_INDENT: 'is indented by a tab; expected spaces',
  MISSING_CHAR: 'lacks a character before it: a colon, a comma, a quote or a bracket',
  BAD_ALIAS: 'is no name of an anchor',
  BLOCK_AS_IMPLICIT_KEY: 'is a mapping within a line of a mapping; give it a line of its own',
  BLOCK_IN_FLOW: 'is a block within brackets',
  MULTILINE_IMPLICIT_KEY: 'is a key of several lines, or a line without a colon',
  UNEXPECTED_TOKEN: 'is not expected here',
};

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** The text of a lab file, what it says, and where it says it. */
export class LabSource {
  readonly path: string;
  readonly #text: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(path: string, text: string) {
    this.path = path;
    this.#text = text;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
    });
  }

  /** Faults of YAML itself; with one of them, nothing else can be said of the file. */
  get syntaxFaults(): readonly LabFault[] {
    return this.#document.errors.map(({ code, pos }) => ({
      path: [],
      what: syntaxFaults[code] ?? `is not YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
      position: this.#positionOf(pos[0]),
    }));
  }

  /** Keys that a mapping has twice: the second would silently win. */
  get duplicates(): readonly LabFault[] {
    const faults: LabFault[] = [];
    visit(this.#document, {
      Map: (_key, map, ancestors) => {
        const seen = new Map<string, Pair>();
        for (const pair of map.items) {
          const name = keyText(pair);
          const first = seen.get(name);
          if (first === undefined) seen.set(name, pair);
          else if (name !== '<<') faults.push(this.#duplicate(pathOf(ancestors, map), first, pair));
        }
      },
    });
    return faults;
  }

  /** The file's content as values. @throws never for a document without syntax faults. */
  get content(): unknown {
    return this.#document.toJS({ maxAliasCount: 1000 }) as unknown;
  }

  /** Where the value at `path` begins; of a value that is not there, the nearest thing around it. */
  locate(path: LabPath, what: 'key' | 'value' = 'value'): Position | undefined {
    let node: unknown = this.#document.contents;
    let key: unknown = node;
    let missing = false;
    for (const part of path) {
      const pair = this.#step(node, part);
      missing = pair === undefined;
      if (pair === undefined) break;
      key = pair.key;
      node = pair.value;
    }
    const found = what === 'key' || missing || !isNode(node) || node.range == null ? key : node;
    return isNode(found) && found.range != null ? this.#positionOf(found.range[0]) : undefined;
  }

  /** The line of `position` with a caret under its column, secrets blotted out. */
  excerpt({ line, column }: Position): string {
    const text = hideSecrets(this.#text, this.#document).split('\n')[line - 1] ?? '';
    // A long line is shown around the column: it has to fit into a terminal.
    const start = text.length <= widest ? 0 : Math.max(0, column - widest / 2);
    const shown = text.slice(start, start + widest).trimEnd();
    const number = String(line);
    return [
      `${number} | ${shown}`,
      `${' '.repeat(number.length)} | ${' '.repeat(column - 1 - start)}^`,
    ].join('\n');
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #step(within: unknown, part: string | number): { key: unknown; value: unknown } | undefined {
    const node = this.#resolve(within);
    if (isSeq(node)) {
      const item: unknown = typeof part === 'number' ? node.items[part] : undefined;
      return item === undefined ? undefined : { key: item, value: item };
    }
    if (!isMap(node)) return undefined;
    const own = node.items.findLast((pair) => keyText(pair) === String(part));
    if (own !== undefined) return own;
    const merged = node.items.find((pair) => keyText(pair) === '<<')?.value;
    const sources = isSeq(merged) ? merged.items : [merged];
    return sources.map((source) => this.#step(source, part)).find((pair) => pair !== undefined);
  }

  #duplicate(path: LabPath, first: Pair, second: Pair): LabFault {
    const before = this.#positionOf((first.key as Node).range?.[0] ?? 0);
    return {
      path: [...path, keyText(second)],
      what: `is written twice; the first is in line ${before.line}`,
      position: this.#positionOf((second.key as Node).range?.[0] ?? 0),
    };
  }

  #positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** The path of a mapping, from what is around it. */
function pathOf(ancestors: readonly unknown[], map: YAMLMap): LabPath {
  const path: (string | number)[] = [];
  const chain = [...ancestors, map];
  for (const [index, node] of chain.entries()) {
    const inner = chain[index + 1];
    if (isSeq(node)) path.push(node.items.indexOf(inner));
    else if (isMap(node)) {
      // A pair stands between a mapping and its value.
      const pair = node.items.find((candidate) => candidate === inner);
      if (pair !== undefined) path.push(keyText(pair));
    }
  }
  return path;
}

/** `boards.zcu102-a.power.on[0]`. */
export function pathText(path: LabPath): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('');
}
