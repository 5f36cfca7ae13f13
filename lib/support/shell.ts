// SPDX-License-Identifier: Apache-2.0

/** A word as a POSIX shell takes it: in quotes where it needs them. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
