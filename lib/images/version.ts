// SPDX-License-Identifier: Apache-2.0

/** The first two numbers of a version. */
export interface VersionNumber {
  readonly major: number;
  readonly minor: number;
}

/** `4.17.5+72-g01140da4e8-1` -> 4, 17. An epoch (`1:10.0.2`) is not counted. */
export function versionNumberOf(version: string): VersionNumber {
  const [, major, minor] = /^(?:\d+:)?(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return { major: Number(major ?? 0), minor: Number(minor ?? 0) };
}

/** What its makers call a Debian version: `1:10.0.2+ds-2` -> `10.0.2`. */
export function upstreamVersionOf(version: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
}

/** Whether `version` is `least` (`4.19`) or later. */
export function atLeast(version: string, least: string): boolean {
  const a = versionNumberOf(version);
  const b = versionNumberOf(least);
  return a.major === b.major ? a.minor >= b.minor : a.major > b.major;
}
