// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files by their names. */
export type Files = Readonly<Record<string, string>>;

/** Writes files into a directory, which is made. */
export function directoryWith(directory: string, files: Files): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** Two configurations of xl, of which the second has more memory; with other files, if given. */
export function smallEnds(
  directory: string,
  more: { readonly good?: Files; readonly bad?: Files } = {},
): { readonly good: string; readonly bad: string } {
  const guest = (memory: number): string => `name = "radar"\nmemory = ${memory}\nvcpus = 1\n`;
  return {
    good: directoryWith(join(directory, 'good'), { 'radar.cfg': guest(64), ...more.good }),
    bad: directoryWith(join(directory, 'bad'), { 'radar.cfg': guest(128), ...more.bad }),
  };
}

/** `bisect config` between two directories, with all that it keeps in a third. */
export const bisectCommand = (
  { good, bad }: { readonly good: string; readonly bad: string },
  state: string,
  ...more: readonly string[]
): string[] => ['bisect', 'config', '--good', good, '--bad', bad, '--directory', state, ...more];

/** A command by which a configuration of {@link smallEnds} is bad that has more memory. */
export const lessMemory = '! grep -q 128 "$CROSSPAGE_CONFIG/radar.cfg"';
