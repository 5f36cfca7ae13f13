// SPDX-License-Identifier: Apache-2.0
/**
 * Comments that say why a finding is none: `crosspage-ignore RULE: reason`, behind the line that it is
 * about or on the line before it.
 */
import { Lines, type Place, type SourceText } from '../support/source-text.ts';
import type { Finding } from './finding.ts';
import { isRule } from './rules.ts';

/** A comment with what it says. */
interface Suppression {
  readonly place: Place;
  readonly line: string;
  readonly rules: readonly string[];
  readonly reason: string;
  /** The line that it is about. */
  readonly about: number;
}

/** A finding that somebody has answered. */
export interface SuppressedFinding {
  readonly finding: Finding;
  readonly reason: string;
}

/** Findings that stand, those of the comments themselves among them, and those that are answered. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
}

const comment = /(#|\/\/|\/\*+)[ \t]*crosspage-ignore\b([^\n]*)/;
/** Lines that say nothing. In a device tree `#` begins the name of a property. */
const blank = (file: string): RegExp =>
  /\.dtsi?$/.test(file) ? /^\s*(?:(?:\/\/|\/\*|\*)[^\n]*)?$/ : /^\s*(?:#[^\n]*)?$/;

function suppressionsOf(source: SourceText): Suppression[] {
  if (!source.text.includes('crosspage-ignore')) return [];
  const lines = new Lines(source);
  const all = source.text.split('\n');
  const empty = blank(source.file);
  return all.flatMap((text, index) => {
    const match = comment.exec(text);
    if (match === null) return [];
    const said = (match[2] ?? '').replace(/\*\/.*$/, '');
    const [, names = '', reason = ''] = /^([^:]*)(?::(.*))?$/.exec(said) ?? [];
    const own = text.slice(0, match.index).trim() !== '';
    const next = all.findIndex((line, at) => at > index && !empty.test(line));
    return [
      {
        place: lines.place(
          lines.offset({ line: index + 1, column: match.index + 1 }),
          match[0].length,
        ),
        line: text,
        rules: names.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
        reason: reason.trim(),
        about: own ? index + 1 : next + 1,
      },
    ];
  });
}

/** What is wrong with a comment itself; it counts for nothing then. */
function faultOf({ rules, reason }: Suppression): string | undefined {
  if (rules.length === 0) return 'no rule is named';
  const unknown = rules.find((rule) => !isRule(rule));
  if (unknown !== undefined) return `there is no rule ${unknown}`;
  return reason === '' ? 'no reason is given' : undefined;
}

function finding(
  rule: Finding['rule'],
  { place, line }: Suppression,
  [message, consequence, fix]: readonly [string, string, string],
): Finding {
  const where = { file: place.file, place, line };
  return {
    rule,
    severity: rule === 'suppression-form' ? 'error' : 'warning',
    where,
    message,
    consequence,
    fix,
  };
}

/** Takes away what comments answer. A file that cannot be read is not answered by anything. */
export function suppress(findings: readonly Finding[], texts: readonly SourceText[]): Judgement {
  const sources = texts.filter(
    ({ file }, index) => texts.findIndex((one) => one.file === file) === index,
  );
  const all = sources.flatMap(suppressionsOf);
  const used = new Set<string>();
  const keyOf = ({ place }: Suppression, rule: string): string =>
    `${place.file}:${place.line}:${rule}`;
  const suppressed: SuppressedFinding[] = [];
  const standing = findings.filter((one) => {
    const { place } = one.where;
    const answer = all.find(
      (candidate) =>
        one.rule !== 'unreadable' &&
        faultOf(candidate) === undefined &&
        candidate.place.file === place?.file &&
        candidate.about === place.line &&
        candidate.rules.includes(one.rule),
    );
    if (answer === undefined) return true;
    used.add(keyOf(answer, one.rule));
    suppressed.push({ finding: one, reason: answer.reason });
    return false;
  });
  const own = all.flatMap((one): Finding[] => {
    const fault = faultOf(one);
    if (fault !== undefined)
      return [
        finding('suppression-form', one, [
          fault,
          'the comment counts for nothing',
          'write crosspage-ignore RULE: reason',
        ]),
      ];
    return one.rules
      .filter((rule) => !used.has(keyOf(one, rule)))
      .map((rule) =>
        finding('suppression-unused', one, [
          `${rule} is not found on line ${one.about}`,
          'the comment hides what may be wrong there later',
          'take it away',
        ]),
      );
  });
  return { findings: [...standing, ...own], suppressed };
}
