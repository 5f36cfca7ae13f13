// SPDX-License-Identifier: Apache-2.0

/** Colours by meaning. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const sgr =
  (code: number) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[0m`;
const same = (text: string): string => text;

const colours: Palette = {
  good: sgr(32),
  bad: sgr(31),
  doubtful: sgr(33),
  strong: sgr(1),
  faint: sgr(2),
};

/** No colours: for files, pipes, and people who set NO_COLOR. */
export const plainPalette: Palette = {
  good: same,
  bad: same,
  doubtful: same,
  strong: same,
  faint: same,
};

/** Colours on a terminal, unless NO_COLOR (no-color.org) is set and not empty. */
export function choosePalette(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Palette {
  return stream.isTTY === true && !environment['NO_COLOR'] ? colours : plainPalette;
}
