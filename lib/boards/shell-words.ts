// SPDX-License-Identifier: Apache-2.0

/** A command line that a POSIX shell splits into exactly these words. */
export function shellWords(argv: readonly string[]): string {
  const quote = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return argv.map(quote).join(' ');
}
