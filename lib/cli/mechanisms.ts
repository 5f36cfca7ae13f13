// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../images/places.ts';
import { readJson } from '../images/read-json.ts';
import { documented, documentedWith } from '../report/documented-mechanisms.ts';
import { replaced } from '../report/mechanisms.ts';
import { tableOf } from '../report/mechanism-table.ts';
import { type MappingResult, mappingResultsSchema, runResultSchema } from '../report/model.ts';
import { MisuseError } from '../support/errors.ts';
import { formatTable } from './table.ts';

/** Options of `crosspage mechanisms`. */
export interface MechanismsArguments {
  readonly write?: boolean;
}

function readKnown(): MappingResult[] {
  const file = join(projectRoot, documented.data);
  return readJson(file, mappingResultsSchema, 'take it from the repository');
}

function readRun(directory: string): MappingResult[] {
  const file = join(directory, 'results.json');
  const remedy = 'name the directory of a run that has ended: reports/latest';
  if (!existsSync(file))
    throw new MisuseError({ who: `mechanisms ${directory}`, what: 'has no results.json', remedy });
  return readJson(file, runResultSchema, remedy).mechanisms;
}

/** Brings the documentation up to date with the table and with what is known. */
function write(known: readonly MappingResult[]): void {
  writeFileSync(join(projectRoot, documented.data), `${JSON.stringify(known, undefined, 2)}\n`);
  const page = join(projectRoot, documented.page);
  writeFileSync(page, documentedWith(readFileSync(page, 'utf8'), known));
  process.stdout.write(`wrote ${documented.data}\nwrote ${documented.page}\n`);
}

function print(results: readonly MappingResult[]): void {
  const { rows, notes, mismatches, measuredOn } = tableOf(results);
  process.stdout.write(formatTable(rows));
  const numbered = notes.map((note, index) => `(${index + 1}) ${note}`);
  const mismatched = mismatches.map((text) => `attributes that do not match: ${text}`);
  const on = measuredOn.map((text) => `measured on ${text}`);
  for (const lines of [numbered, mismatched, on])
    if (lines.length > 0) process.stdout.write(`\n${lines.join('\n')}\n`);
}

/**
 * Prints the table of mechanisms with what `runs` measured, or else with what the documentation has.
 * Exits with 1 when something is not as expected.
 */
export function printMechanisms(
  runs: readonly string[],
  { write: keep }: MechanismsArguments,
): void {
  const measured = runs.map(readRun).reduce(replaced, []);
  const known = readKnown();
  if (keep === true) write(replaced(known, measured));
  const shown = runs.length === 0 ? known : measured;
  print(shown);
  if (shown.some(({ asExpected }) => !asExpected)) process.exitCode = 1;
}
