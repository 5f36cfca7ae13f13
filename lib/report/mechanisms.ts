// SPDX-License-Identifier: Apache-2.0
/** What the tests of a run measured of the ways to share memory. */
import { describeMapping, parseMeasured } from '../xen/measured.ts';
import { expectedMapping, lackOf, type Share } from '../xen/mechanisms.ts';
import { factKeys } from './annotations.ts';
import type { MappingResult, TestResult } from './model.ts';
import { testText } from './wording.ts';

/** What is expected; undefined where the flavour has not the mechanism, or nobody knows. */
function expectedText(share: Share, flavour: string): string | undefined {
  const mapping = expectedMapping(share);
  if (mapping === undefined || lackOf(share.mechanism, flavour) !== undefined) return undefined;
  return describeMapping(mapping);
}

const joined = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];

function merged(one: MappingResult, other: MappingResult): MappingResult {
  return {
    ...one,
    mapped: joined(one.mapped, other.mapped),
    asExpected: one.asExpected && other.asExpected,
    boards: joined(one.boards, other.boards),
    xenVersions: joined(one.xenVersions, other.xenVersions),
    qemuVersions: joined(one.qemuVersions, other.qemuVersions),
    tests: joined(one.tests, other.tests),
  };
}

function measuredBy(test: TestResult): MappingResult[] {
  const { properties } = test;
  const flavour = properties['flavour']?.join(', ') ?? 'not known';
  return (properties[factKeys.mapped] ?? []).flatMap((text) => {
    const measured = parseMeasured(text);
    if (measured === undefined) return [];
    const { mechanism, party, mapped } = measured;
    const expected = expectedText(measured, flavour);
    return {
      ...{ mechanism, party, flavour, mapped: [mapped] },
      ...(expected !== undefined && { expected }),
      asExpected: mapped === expected,
      boards: properties[factKeys.board] ?? [],
      xenVersions: properties[factKeys.xenVersion] ?? properties['xen-release'] ?? [],
      qemuVersions: properties[factKeys.qemuVersion] ?? [],
      tests: [`${test.file} › ${testText(test)}`],
    };
  });
}

const keyOf = ({ mechanism, party, flavour }: MappingResult): string =>
  [mechanism, party, flavour].join(' | ');

/** One for each party of a mechanism on a flavour, whichever tests measured it. */
export function measuredIn(tests: readonly TestResult[]): MappingResult[] {
  const found = new Map<string, MappingResult>();
  for (const measured of tests.flatMap(measuredBy)) {
    const known = found.get(keyOf(measured));
    found.set(keyOf(measured), known === undefined ? measured : merged(known, measured));
  }
  return [...found.values()];
}

/** What is known once `newer` is: it takes the place of what it measured again. */
export function replaced(
  known: readonly MappingResult[],
  newer: readonly MappingResult[],
): MappingResult[] {
  const results = new Map([...known, ...newer].map((result) => [keyOf(result), result]));
  return [...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}
