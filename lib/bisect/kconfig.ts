// SPDX-License-Identifier: Apache-2.0
import type { Change } from './change.ts';

/** Options of a .config that are set, without `CONFIG_`. */
export type Options = ReadonlyMap<string, string>;

/** A .config, and where it is. */
export interface OptionFile {
  readonly file: string;
  readonly options: Options;
}

/** An option that is not set is one that is `n`: both say so by a comment, or by nothing. */
const valueOf = (options: Options, name: string): string => options.get(name) ?? 'n';

/** A setting as a .config has it. */
export const settingOf = (name: string, value: string): string =>
  value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`;

/** Names of the options in which two configurations differ, in the order of the first, then of the second. */
export function differingOptions(good: Options, bad: Options): readonly string[] {
  const names = [...new Set([...good.keys(), ...bad.keys()])];
  return names.filter((name) => valueOf(good, name) !== valueOf(bad, name));
}

/** A .config with the values of the bad end for some options, and those of the good end for all else. */
export function mixedOptions(good: Options, bad: Options, chosen: readonly string[]): Options {
  const mixed = new Map(good);
  for (const name of chosen) mixed.set(name, valueOf(bad, name));
  return mixed;
}

/** The text of a .config; the version in its first line tells what Xen it is of. */
export function configText(options: Options): string {
  return [...options].map(([name, value]) => `${settingOf(name, value)}\n`).join('');
}

/** What was asked for and is not what Kconfig made of it: `CONFIG_X=y became n`. */
export function overridden(asked: Options, built: Options, names: Iterable<string>): string[] {
  return [...names]
    .filter((name) => valueOf(asked, name) !== valueOf(built, name))
    .map((name) => `${settingOf(name, valueOf(asked, name))} became ${valueOf(built, name)}`);
}

/** The differing options as changes. */
export function optionChanges(good: OptionFile, bad: OptionFile): readonly Change[] {
  return differingOptions(good.options, bad.options).map((name) => ({
    kind: 'option changed',
    what: `CONFIG_${name}`,
    from: settingOf(name, valueOf(good.options, name)),
    to: settingOf(name, valueOf(bad.options, name)),
    good: { file: good.file },
    bad: { file: bad.file },
  }));
}
