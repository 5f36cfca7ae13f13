// SPDX-License-Identifier: Apache-2.0
import type { SourceScanner } from './source-scanner.ts';

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

/** A binary operator of C, on 64 unsigned bits as dtc counts (dtc-parser.y). */
type Operator = (left: bigint, right: bigint) => bigint;

/** By precedence, the weakest first; of one level, longer signs before their beginnings. */
const levels: readonly Readonly<Record<string, Operator>>[] = [
  { '||': (a, b) => truth(a !== 0n || b !== 0n) },
  { '&&': (a, b) => truth(a !== 0n && b !== 0n) },
  { '|': (a, b) => a | b },
  { '^': (a, b) => a ^ b },
  { '&': (a, b) => a & b },
  { '==': (a, b) => truth(a === b), '!=': (a, b) => truth(a !== b) },
  {
    '<=': (a, b) => truth(a <= b),
    '>=': (a, b) => truth(a >= b),
    '<': (a, b) => truth(a < b),
    '>': (a, b) => truth(a > b),
  },
  { '<<': (a, b) => (b < 64n ? a << b : 0n), '>>': (a, b) => (b < 64n ? a >> b : 0n) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

/** Signs that go on where an operator seems to end. */
const longer = /^(?:\|\||&&|<<|>>|<=|>=|==|!=)/;

const literal = /(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:U|L|UL|LL|ULL)?(?![\w])/y;
const characterLiteral = /'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.))'/y;

const escaped: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
};

/** The code of what stands behind a backslash: an octal or hexadecimal number, or a letter. */
export function escapeCode(text: string): number {
  if (text.startsWith('x')) return parseInt(text.slice(1), 16);
  if (/^[0-7]/.test(text)) return parseInt(text, 8) & 0xff;
  return escaped[text] ?? text.charCodeAt(0);
}

/** A number or a character, or undefined when none comes next. @throws SourceError for a bad one. */
export function readLiteral(scanner: SourceScanner): bigint | undefined {
  const character = scanner.match(characterLiteral)?.slice(1, -1);
  if (character !== undefined)
    return BigInt(
      character.startsWith('\\') ? escapeCode(character.slice(1)) : character.charCodeAt(0),
    );
  const { place } = scanner;
  const text = scanner.match(literal)?.replace(/[UL]+$/, '');
  if (text === undefined) return undefined;
  const octal = /^0[0-9]/.test(text);
  if (octal && /[89]/.test(text))
    throw scanner.error(`${text} begins with 0, so it is octal, and has an 8 or 9`, place);
  const value = BigInt(octal ? `0o${text.slice(1)}` : text);
  if (value !== wrap(value)) throw scanner.error(`${text} has more than 64 bits`, place);
  return value;
}

/** An expression of C, behind its opening parenthesis (Devicetree specification v0.4, 6.3). */
export function readExpression(scanner: SourceScanner): bigint {
  const condition = binary(scanner, 0);
  if (!scanner.take('?')) return condition;
  const yes = readExpression(scanner);
  scanner.expect(':', '":"');
  const no = readExpression(scanner);
  return condition === 0n ? no : yes;
}

function binary(scanner: SourceScanner, level: number): bigint {
  const operators = levels[level];
  if (operators === undefined) return unary(scanner);
  let left = binary(scanner, level + 1);
  for (;;) {
    const sign = Object.keys(operators).find((text) => isSign(scanner, text));
    const operator = sign === undefined ? undefined : operators[sign];
    if (sign === undefined || operator === undefined) return left;
    const { place } = scanner;
    scanner.take(sign);
    const right = binary(scanner, level + 1);
    if ((sign === '/' || sign === '%') && right === 0n)
      throw scanner.error('division by zero', place);
    left = wrap(operator(left, right));
  }
}

/** Whether this sign comes next, and not a longer one that begins with it. */
function isSign(scanner: SourceScanner, sign: string): boolean {
  if (!scanner.sees(sign)) return false;
  return !['|', '&', '<', '>'].includes(sign) || !hasLonger(scanner, sign);
}

const hasLonger = (scanner: SourceScanner, sign: string): boolean =>
  ['|', '&', '<', '>', '='].some((next) => longer.test(sign + next) && scanner.sees(sign + next));

function unary(scanner: SourceScanner): bigint {
  if (scanner.take('-')) return wrap(-unary(scanner));
  if (scanner.take('~')) return wrap(~unary(scanner));
  if (scanner.take('!')) return truth(unary(scanner) === 0n);
  if (scanner.take('(')) {
    const value = readExpression(scanner);
    scanner.expect(')', '")"');
    return value;
  }
  const value = readLiteral(scanner);
  if (value === undefined) throw scanner.unexpected('a number');
  return value;
}
