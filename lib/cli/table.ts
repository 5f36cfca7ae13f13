// SPDX-License-Identifier: Apache-2.0

/** Rows of text in columns as wide as their widest cell; the first row is the heading. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** The rows with their last column broken at blanks, so that no line is wider than `width`. */
export function wrapLastColumn(rows: readonly (readonly string[])[], width: number): string[][] {
  const columns = Math.max(...rows.map((row) => row.length));
  const before = Array.from({ length: columns - 1 }, (_unused, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const room = Math.max(20, width - before.reduce((sum, cell) => sum + cell + 2, 0));
  return rows.flatMap((row) => {
    const lines = [''];
    for (const word of (row[columns - 1] ?? '').split(' ')) {
      const line = lines.at(-1) ?? '';
      if (line !== '' && line.length + 1 + word.length > room) lines.push(word);
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return lines.map((line, index) => [
      ...(index === 0 ? row.slice(0, -1) : before.map(() => '')),
      line,
    ]);
  });
}
