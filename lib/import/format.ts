// SPDX-License-Identifier: Apache-2.0
import { printSource } from '../dt/index.ts';
import { hex } from '../support/units.ts';
import type { ImportedFiles } from './imported-files.ts';
import type {
  Extent,
  Understanding,
  UnderstoodDomain,
  UnderstoodSharing,
} from './understanding.ts';
import { describeWhere, type Where } from './where.ts';
import { rewriteXl, xlConfigOf } from './xl-config-of.ts';

/** Rows of label, place and text; a row of one cell is a heading, an empty one a blank line. */
export type UnderstandingRow = readonly string[];

const range = ({ start, size }: Extent): string => `[${hex(start)}, ${hex(start + size)})`;

function shared({ mechanism, id, role, host, guest, attribute }: UnderstoodSharing): string {
  const [from, to] = [host && `host ${range(host)}`, guest && `guest ${range(guest)}`];
  return [
    mechanism,
    ...(id === undefined ? [] : [id]),
    ...(role === undefined ? [] : [role]),
    [from, to].filter((one) => one !== undefined).join(' -> '),
    ...(attribute === undefined ? [] : [attribute]),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

const row = (label: string, text: string, where: Where): UnderstandingRow => [
  `  ${label}`,
  describeWhere(where),
  text,
];

const domainRows = ({
  name,
  kind,
  where,
  facts,
  sharing,
}: UnderstoodDomain): UnderstandingRow[] => [
  [],
  [`${name}: ${kind}, ${describeWhere(where)}`],
  ...facts.map((fact) => row(fact.label, fact.text, fact.where)),
  ...sharing.map((one) => row('shares', shared(one), one.where)),
];

/** What was understood, for people. */
export function understandingRows(understanding: Understanding): UnderstandingRow[] {
  const { host, domains, notUnderstood } = understanding;
  return [
    ...(host.length === 0
      ? []
      : [['host'], ...host.map((one) => row(one.label, one.text, one.where))]),
    ...domains.flatMap(domainRows),
    [],
    [notUnderstood.length === 0 ? 'nothing was left aside' : 'not understood'],
    ...notUnderstood.map(({ what, where }) => [`  ${describeWhere(where)}`, what]),
  ];
}

const placed = ({ file, place, path }: Where): object => ({
  file,
  ...(place && { line: place.line, column: place.column }),
  ...(path !== undefined && { path }),
});

const extent = (one: Extent | undefined): object | undefined =>
  one && { start: hex(one.start), size: hex(one.size) };

/** What was understood, for programs; addresses and sizes are hexadecimal texts, in bytes. */
export function understandingJson({ host, domains, notUnderstood }: Understanding): object {
  const facts = (list: Understanding['host']): object[] =>
    list.map(({ label, text, where }) => ({ label, text, ...placed(where) }));
  return {
    host: facts(host),
    domains: domains.map(({ name, kind, where, memory, facts: said, sharing }) => ({
      name,
      kind,
      ...placed(where),
      memory: memory === undefined ? undefined : hex(memory),
      facts: facts(said),
      sharing: sharing.map((one) => ({
        mechanism: one.mechanism,
        id: one.id,
        role: one.role,
        host: extent(one.host),
        guest: extent(one.guest),
        attribute: one.attribute,
        ...placed(one.where),
      })),
    })),
    notUnderstood: notUnderstood.map(({ what, where }) => ({ what, ...placed(where) })),
  };
}

/** What was read, printed back in its own language: xl files with their comments, trees as source. */
export function printedBack({ hosts, partials, domains }: ImportedFiles): string {
  const parts = [
    ...[...hosts, ...partials].map(
      ({ source }) => `/* ${source.file} */\n${printSource(source.tree)}`,
    ),
    ...domains.map(
      (domain) =>
        `# ${domain.file.source.file}\n${rewriteXl(domain.file, xlConfigOf(domain)).trimEnd()}\n`,
    ),
  ];
  return parts.join('\n');
}
