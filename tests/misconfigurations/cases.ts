// SPDX-License-Identifier: Apache-2.0
import { type Attempt, expect } from '#crosspage';
import { type Expectation, flavours, type Row, versions } from './row.ts';

/** A test of one row on one version of Xen. */
export interface Case {
  readonly title: string;
  /** Boots what is wrong, and judges how it came out. */
  readonly run: (attempt: Attempt) => Promise<void>;
}

function caseOf(row: Row, version: (typeof versions)[number], expectation: Expectation): Case {
  const { does, build = 'usual', awaited, then, ...outcome } = expectation;
  return {
    title: `${version}: ${row.mistake} ${does}`,
    run: async (attempt) => {
      const flavour = flavours[version][build];
      const boot = await attempt(row.spec, { ...row.tampering, flavour, awaited });

      expect(boot).toComeOutAs(outcome);

      if (boot.kind !== 'up') return;
      expect(boot.system.xen.version).toContain(version);
      await then?.(boot.system);
    },
  };
}

/** A case for each row and each version that it says something of. */
export function casesOf(rows: readonly Row[]): Case[] {
  return versions.flatMap((version) =>
    rows.flatMap((row) =>
      [row.expected[version] ?? []].flat().map((expectation) => caseOf(row, version, expectation)),
    ),
  );
}
