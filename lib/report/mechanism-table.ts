// SPDX-License-Identifier: Apache-2.0
/** The table of mechanisms by party by flavour: what is expected, and what was measured. */
import { describeSeen, mismatchOf, type SeenAttributes, seenThrough } from '../memory/mismatch.ts';
import { describeMapping, parseMapping } from '../xen/measured.ts';
import {
  expectedMapping,
  lackOf,
  mechanisms,
  type Share,
  shares,
  tableFlavours,
} from '../xen/mechanisms.ts';
import type { MappingResult } from './model.ts';

/** The table as cells; the first row is the heading. */
export interface MechanismTable {
  readonly rows: readonly (readonly string[])[];
  /** What the numbers in the cells stand for, from 1. */
  readonly notes: readonly string[];
  /** A line for each mechanism whose parties access the memory with different attributes. */
  readonly mismatches: readonly string[];
  /** On what each flavour was measured. */
  readonly measuredOn: readonly string[];
}

/** Collects remarks and gives them numbers. */
class Notes {
  readonly texts: string[] = [];

  number(text: string): number {
    if (!this.texts.includes(text)) this.texts.push(text);
    return this.texts.indexOf(text) + 1;
  }
}

const isOf = ({ mechanism, party }: Share, result: MappingResult): boolean =>
  result.mechanism === mechanism && result.party === party;

function cellOf(
  share: Share,
  flavour: string,
  result: MappingResult | undefined,
  notes: Notes,
): string {
  if (result?.asExpected === true) return 'as expected';
  if (result !== undefined) return `differs: ${result.mapped.join('; ')}`;
  const lack = lackOf(share.mechanism, flavour);
  return lack === undefined ? '' : `not available (${notes.number(lack)})`;
}

/** How a party accesses memory that it maps cacheable itself. */
function seenIn(mapped: string | undefined): SeenAttributes | undefined {
  const mapping = mapped === undefined ? undefined : parseMapping(mapped);
  return mapping && seenThrough('normal-write-back', mapping);
}

interface Sighting {
  readonly party: string;
  readonly seen: SeenAttributes;
}

/** `domU device-nGnRE, outer shareable; dom0 ...: what that costs`; undefined when all match. */
function mismatchText(sightings: readonly Sighting[]): string | undefined {
  const groups = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const key = describeSeen(sighting.seen);
    groups.set(key, [...(groups.get(key) ?? []), sighting]);
  }
  const [first, ...rest] = [...groups.values()].flatMap(([sighting]) => sighting ?? []);
  if (first === undefined || rest.length === 0) return undefined;
  const who = [...groups].map(
    ([key, members]) => `${members.map(({ party }) => party).join(', ')} ${key}`,
  );
  const costs = rest.flatMap(({ seen }) => mismatchOf(first.seen, seen) ?? []);
  return `${who.join('; ')}. Differs: ${[...new Set(costs)].join('; ')}`;
}

/** The mismatches of a mechanism: those that were measured, or what is expected where none was. */
function mismatchesOf(mechanism: string, results: readonly MappingResult[]): string[] {
  const flavoursOf = new Map<string, string[]>();
  const mine = results.filter((result) => result.mechanism === mechanism);
  for (const flavour of new Set(mine.map((result) => result.flavour))) {
    const sightings = mine
      .filter((result) => result.flavour === flavour)
      .flatMap(({ party, mapped }) =>
        mapped.flatMap((text) => {
          const seen = seenIn(text);
          return seen === undefined ? [] : { party, seen };
        }),
      );
    const text = mismatchText(sightings);
    if (text !== undefined) flavoursOf.set(text, [...(flavoursOf.get(text) ?? []), flavour]);
  }
  const measured = [...flavoursOf].map(
    ([text, flavours]) => `${mechanism}, measured on ${flavours.join(', ')}: ${text}`,
  );
  if (measured.length > 0) return measured;
  const expected = mismatchText(
    shares
      .filter((share) => share.mechanism === mechanism)
      .flatMap((share) => {
        const seen = seenIn(describeMapping(expectedMapping(share)));
        return seen === undefined ? [] : { party: share.party, seen };
      }),
  );
  return expected === undefined ? [] : [`${mechanism}, expected: ${expected}`];
}

function measuredOn(flavour: string, results: readonly MappingResult[]): string[] {
  const mine = results.filter((result) => result.flavour === flavour);
  const all = (key: 'boards' | 'xenVersions' | 'qemuVersions'): string =>
    [...new Set(mine.flatMap((result) => result[key]))].sort().join(', ');
  if (mine.length === 0) return [];
  return [`${flavour}: Xen ${all('xenVersions')} on ${all('boards')}, QEMU ${all('qemuVersions')}`];
}

/** The table, with what `results` say was measured. */
export function tableOf(results: readonly MappingResult[]): MechanismTable {
  const measured = results.map(({ flavour }) => flavour);
  const flavours = [...new Set([...tableFlavours, ...measured])];
  const notes = new Notes();
  const unknown = results.filter((result) => !shares.some((share) => isOf(share, result)));
  const rows = [...shares, ...distinct(unknown)].map((share) => [
    share.mechanism,
    share.party,
    describeMapping(expectedMapping(share)),
    ...flavours.map((flavour) => {
      const found = results.find((result) => isOf(share, result) && result.flavour === flavour);
      return cellOf(share, flavour, found, notes);
    }),
  ]);
  return {
    rows: [['mechanism', 'party', 'expected at stage 2', ...flavours], ...rows],
    notes: notes.texts,
    mismatches: mechanisms.flatMap(({ name }) => mismatchesOf(name, results)),
    measuredOn: flavours.flatMap((flavour) => measuredOn(flavour, results)),
  };
}

/** Each party once. */
function distinct(results: readonly Share[]): Share[] {
  return [...new Map(results.map((one) => [`${one.mechanism} | ${one.party}`, one])).values()];
}

function markdownRows([heading = [], ...rows]: readonly (readonly string[])[]): string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_cell, column) =>
    Math.max(3, ...all.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(heading), rule, ...rows.map(line)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, '', ...lines];
}

/** The table in Markdown, its columns aligned as Prettier aligns them. */
export function markdownOf(results: readonly MappingResult[]): string {
  const { rows, notes, mismatches, measuredOn: on } = tableOf(results);
  const bold = rows.map((row) =>
    row.map((cell) => (cell.startsWith('differs: ') ? `**${cell}**` : cell)),
  );
  return [
    ...markdownRows(bold),
    ...section(
      'Not available, because',
      notes.map((note, index) => `${index + 1}. ${note}`),
    ),
    ...section(
      'Parties whose attributes do not match, even where data gets through, when both map the memory cacheable',
      mismatches.map((text) => `- ${text}`),
    ),
    ...section(
      'Measured on',
      on.map((text) => `- ${text}`),
    ),
    '',
  ].join('\n');
}

/** `mechanisms.md` of a run. */
export function reportOf(results: readonly MappingResult[]): string {
  const intro =
    'What each party of each way to share memory is expected to have at stage 2, and what this run\n' +
    'measured. An empty cell was not measured.';
  return ['# Mechanisms by party by flavour', '', intro, '', markdownOf(results)].join('\n');
}
