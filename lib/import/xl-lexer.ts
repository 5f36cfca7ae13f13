// SPDX-License-Identifier: Apache-2.0

/** A word of an xl configuration file. Offsets are into its text. */
export interface Token {
  readonly kind:
    | 'identifier'
    | 'number'
    | 'string'
    | 'newline'
    | 'end'
    | 'bad'
    | '='
    | '+='
    | ','
    | ';'
    | '['
    | ']';
  readonly start: number;
  readonly end: number;
  /** A string without its quotes and escapes; else as it stands. */
  readonly text: string;
  /** For messages. */
  readonly shown: string;
  /** Why no parser takes it. */
  readonly fault?: string | undefined;
}

/** Letters behind a backslash that stand for a character (libxlu_cfg.c, xlu__cfgl_dequote). */
const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

/** The rules of libxlu_cfg_l.l in its order; of those that match, the longest match wins. */
const rules: readonly (readonly [Token['kind'], RegExp])[] = [
  ['identifier', /[a-z][._0-9a-z]*/y],
  ['number', /[0-9][0-9a-fx]*/y],
  [',', /,/y],
  ['[', /\[/y],
  [']', /\]/y],
  ['+=', /\+=/y],
  ['=', /=/y],
  [';', /;/y],
  ['string', /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
];

/**
 * How many characters behind the first digit of an octal escape xl takes. It wants two at least, reads
 * them as decimal, and puts nothing in their place; of a hexadecimal one it refuses every form
 * (libxlu_cfg.c, NUMERIC_CHAR).
 */
const numbered = (behind: string): number => /^\s*[+-]?[0-9]+/.exec(behind)?.[0].length ?? 0;

/** What a quoted string says, and what is wrong with it. */
function dequote(quoted: string): { text: string; fault?: string } {
  let text = '';
  const inner = quoted.slice(1, -1);
  for (let at = 0; at < inner.length; at++) {
    const character = inner.charAt(at);
    if (character !== '\\') {
      text += character;
      continue;
    }
    const next = inner.charAt(++at);
    const known = escapes[next];
    if (known !== undefined) text += known;
    else if (!/[0-7x]/.test(next)) return { text, fault: `"\\${next}" is no escape of a string` };
    else {
      const taken = numbered(quoted.slice(at + 2, at + 5));
      if (next === 'x' || taken < 2)
        return { text, fault: `"\\${next}" begins an escape by number, and xl reads none` };
      at += taken;
    }
  }
  return { text };
}

/** Splits a file into words. Never throws: what is no word is a `bad` one. */
export class XlLexer {
  /** The first line end of DOS outside comments, which xl takes for no line end. */
  dosEnd: number | undefined;
  /** A comment that no line end closes, which xl takes for no comment. */
  openComment: number | undefined;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  tokens(): Token[] {
    const found: Token[] = [];
    for (;;) {
      const token = this.#next();
      if (token === undefined) break;
      found.push(token);
    }
    const { length } = this.#text;
    return [
      ...found,
      { kind: 'end', start: length, end: length, text: '', shown: 'the end of the file' },
    ];
  }

  #next(): Token | undefined {
    const blank = /[ \t]*(#[^\n]*)?/y;
    blank.lastIndex = this.#at;
    const [all = '', comment = ''] = blank.exec(this.#text) ?? [];
    this.#at += all.length;
    if (comment.length > 1 && this.#at === this.#text.length)
      this.openComment = this.#at - comment.length;
    if (this.#text.startsWith('\r\n', this.#at)) {
      this.dosEnd ??= this.#at;
      this.#at++;
    }
    const start = this.#at;
    if (start >= this.#text.length) return undefined;
    if (this.#text.charAt(start) === '\n')
      return this.#make('newline', '\n', 'the end of the line');
    for (const [kind, rule] of rules) {
      rule.lastIndex = start;
      const text = rule.exec(this.#text)?.[0];
      if (text !== undefined) return this.#make(kind, text, text);
    }
    return this.#bad();
  }

  #make(kind: Token['kind'], raw: string, shown: string): Token {
    const start = this.#at;
    this.#at += raw.length;
    const { text, fault } = kind === 'string' ? dequote(raw) : { text: raw };
    if (fault !== undefined) return { kind: 'bad', start, end: this.#at, text, shown, fault };
    return { kind, start, end: this.#at, text, shown };
  }

  /** To the next blank, as xl's lexer takes it. */
  #bad(): Token {
    const rest = /[^ \t\n]+/y;
    rest.lastIndex = this.#at;
    const raw = rest.exec(this.#text)?.[0] ?? this.#text.charAt(this.#at);
    const quote = raw.charAt(0);
    const open = quote === '"' || quote === "'";
    const upper = /^[A-Z]/.test(raw);
    let fault = `"${raw}" is nothing that a configuration is made of`;
    if (open) fault = 'a string that is not closed on its line';
    else if (upper) fault = `"${raw}": options have small letters`;
    else if (quote === '\r') fault = 'a carriage return, which no line has in it';
    return { ...this.#make('bad', raw, `"${raw}"`), fault };
  }
}
