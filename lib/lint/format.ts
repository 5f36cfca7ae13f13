// SPDX-License-Identifier: Apache-2.0
import { describeWhere, showWhere, type Where } from '../import/where.ts';
import { countText } from '../support/wording.ts';
import type { Finding } from './finding.ts';
import { rules } from './rules.ts';
import type { SuppressedFinding } from './suppressions.ts';

export const lintFormats = ['text', 'json', 'github', 'sarif'] as const;
export type LintFormat = (typeof lintFormats)[number];

/** `2 errors, 1 warning`. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): string => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return countText(length, severity);
  };
  return `${count('error')}, ${count('warning')}`;
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');

function textOf(finding: Finding): string {
  const { rule, severity, where, message, consequence, fix, related = [] } = finding;
  const shown = showWhere(where);
  return [
    `${describeWhere(where)}: ${severity}: ${message} [${rule}]`,
    ...(shown === undefined ? [] : [indented(shown)]),
    `  then: ${consequence}`,
    `  fix:  ${fix}`,
    ...related.map((other) => `  see:  ${describeWhere(other)}`),
  ].join('\n');
}

/** GitHub's workflow commands: `%`, line ends, `:` and `,` are escaped. */
function github({ rule, severity, where, message, consequence, fix }: Finding): string {
  const data = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const value = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const { file, place } = where;
  const position = place === undefined ? '' : `,line=${place.line},col=${place.column}`;
  const body = data(`${message}. Then: ${consequence}. Fix: ${fix}.`);
  return `::${severity} file=${value(file)}${position},title=${value(rule)}::${body}`;
}

/** A file's name as a reference of RFC 3986, as SARIF wants it: a blank, `#`, `%` or `:` is no part of one. */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${path}` : path;
}

function sarifLocation({ file, place, path }: Where): object {
  const region = place && { startLine: place.line, startColumn: place.column };
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...(region && { region }) },
    ...(path !== undefined && { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
}

function sarifResult({
  rule,
  severity,
  where,
  message,
  consequence,
  fix,
  related,
}: Finding): object {
  return {
    ruleId: rule,
    level: severity,
    message: { text: `${message}. Then: ${consequence}. Fix: ${fix}.` },
    locations: [sarifLocation(where)],
    ...(related && { relatedLocations: related.map(sarifLocation) }),
  };
}

/** SARIF 2.1.0, as GitHub's code scanning and editors read it. */
function sarif(
  findings: readonly Finding[],
  version: string,
  suppressed: readonly SuppressedFinding[],
): object {
  const answered = suppressed.map(({ finding, reason }) => ({
    ...sarifResult(finding),
    suppressions: [{ kind: 'inSource', justification: reason }],
  }));
  const all = [...findings, ...suppressed.map(({ finding }) => finding)];
  const used = [...new Set(all.map(({ rule }) => rule))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'crosspage',
            version,
            rules: used.map((id) => ({ id, shortDescription: { text: rules[id].summary } })),
          },
        },
        results: [...findings.map(sarifResult), ...answered],
      },
    ],
  };
}

function jsonOf({
  rule,
  severity,
  where,
  message,
  consequence,
  fix,
  related = [],
}: Finding): object {
  const plain = ({ file, place, path }: Where): object => ({
    file,
    ...(place && { line: place.line, column: place.column, length: place.length }),
    ...(path !== undefined && { path }),
  });
  return {
    rule,
    severity,
    ...plain(where),
    message,
    consequence,
    fix,
    related: related.map(plain),
  };
}

/** Findings for people or for programs; text ends with a line end. SARIF has what comments answer too. */
export function formatFindings(
  findings: readonly Finding[],
  format: LintFormat,
  version = '0',
  suppressed: readonly SuppressedFinding[] = [],
): string {
  if (format === 'json') return `${JSON.stringify(findings.map(jsonOf), undefined, 2)}\n`;
  if (format === 'sarif')
    return `${JSON.stringify(sarif(findings, version, suppressed), undefined, 2)}\n`;
  const print = format === 'github' ? github : textOf;
  return findings.map((finding) => `${print(finding)}\n`).join(format === 'text' ? '\n' : '');
}
