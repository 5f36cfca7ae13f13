// SPDX-License-Identifier: Apache-2.0
import { type Attempt, type Capability, expect, type MisconfiguredOptions } from '#crosspage';
import { all, memoryFirst } from './edits.ts';
import { type Expectation, flavours, type Row, versions } from './row.ts';

/** A test of one row on one version of Xen. */
export interface Case {
  readonly title: string;
  /** What of the board it needs. */
  readonly needs: MisconfiguredOptions;
  /** Boots what is wrong, and judges how it came out. */
  readonly run: (attempt: Attempt) => Promise<void>;
}

function caseOf(row: Row, version: (typeof versions)[number], expectation: Expectation): Case {
  const { does, build = 'usual', awaited, then, requires = [], ...outcome } = expectation;
  const { machine } = row.spec;
  const tampering = all(memoryFirst, row.tampering ?? {});
  return {
    title: `${version}: ${row.mistake} ${does}`,
    needs: {
      requires: [...requires, ...(build === 'early' ? (['early-console'] as const) : [])],
      ...(machine && { machine }),
    },
    run: async (attempt) => {
      const flavour = flavours[version][build];
      const boot = await attempt(row.spec, { ...tampering, flavour, awaited });

      expect(boot).toComeOutAs(outcome);

      if (boot.kind !== 'up') return;
      expect(boot.system.xen.version).toContain(version);
      await then?.(boot.system);
    },
  };
}

/**
 * A case for each row and each version that it says something of. `requires`: what the board has to
 * have for any of them.
 */
export function casesOf(rows: readonly Row[], requires: readonly Capability[] = []): Case[] {
  return versions.flatMap((version) =>
    rows.flatMap((row) =>
      [row.expected[version] ?? []]
        .flat()
        .map((one) =>
          caseOf(row, version, { ...one, requires: [...requires, ...(one.requires ?? [])] }),
        ),
    ),
  );
}
