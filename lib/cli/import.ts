// SPDX-License-Identifier: Apache-2.0
import { printedBack, understandingJson, understandingRows } from '../import/format.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { printSpec, systemSpecOf } from '../import/system-spec.ts';
import { understand } from '../import/understanding.ts';
import { describeWhere } from '../import/where.ts';
import { MisuseError } from '../support/errors.ts';
import { describePlace, showLine } from '../support/source-text.ts';
import { readConfigurationFiles } from './configuration-files.ts';
import { formatTable } from './table.ts';

export interface ImportArguments {
  readonly format: string;
}

const formats = ['text', 'json', 'source', 'spec'];

/** Each run of rows as a table of its own; what stands alone is a heading, or a blank line. */
function printRows(rows: readonly (readonly string[])[]): string {
  let text = '';
  let table: (readonly string[])[] = [];
  const flush = (): void => {
    text += formatTable(table);
    table = [];
  };
  for (const row of rows) {
    if (row.length > 1) table.push(row);
    else {
      flush();
      text += `${row[0] ?? ''}\n`;
    }
  }
  flush();
  return text;
}

function printSpecification(files: ImportedFiles): void {
  const imported = systemSpecOf(files);
  if (imported === undefined)
    throw new MisuseError({
      who: 'import --format spec',
      what: `there are ${files.hosts.length} host device trees: a specification is of one`,
      remedy: 'name the files that belong together',
    });
  const left = imported.left.map(
    ({ what, where }) => `// not in it: ${what} (${describeWhere(where)})\n`,
  );
  process.stdout.write(left.join('') + printSpec(imported.spec));
}

/** Says what was understood of a configuration, where it is said, and what was not understood. */
export async function importFiles(
  paths: readonly string[],
  { format }: ImportArguments,
): Promise<void> {
  if (!formats.includes(format))
    throw new MisuseError({
      who: `--format ${format}`,
      what: 'is no format',
      remedy: `one of: ${formats.join(', ')}`,
    });
  const { skipped, ...files } = await readConfigurationFiles(paths);
  for (const { place, what, line } of files.unreadable)
    process.stderr.write(`${describePlace(place)}: ${what}\n${showLine(line, place)}\n`);
  if (files.unreadable.length > 0) process.exitCode = 2;
  if (format === 'source') {
    process.stdout.write(printedBack(files));
    return;
  }
  if (format === 'spec') {
    printSpecification(files);
    return;
  }
  const understanding = understand(files);
  if (format === 'json') {
    const json = { ...understandingJson(understanding), otherFiles: skipped };
    process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
    return;
  }
  const others = skipped.map((file) => [`  ${file}`, 'a file of another kind']);
  process.stdout.write(printRows([...understandingRows(understanding), ...others]));
}
