// SPDX-License-Identifier: Apache-2.0
import type { Capability, ExpectedOutcome, System, SystemSpec, Tampering } from '#crosspage';

/** Versions of Xen that the table has been held against. */
export const versions = ['4.17', '4.20'] as const;

/** A key of the table; one that is not in {@link versions} is written down, but not booted. */
export type XenVersion = (typeof versions)[number] | '4.22';

/** Builds of each version: `early` has the console from the first instruction. */
export const flavours: Readonly<
  Record<(typeof versions)[number], Readonly<Record<Build, string>>>
> = {
  '4.17': { usual: 'static-shm-4.17', early: 'early-console-4.17', stock: 'debian-4.17' },
  '4.20': { usual: 'static-shm', early: 'early-console', stock: 'debian' },
};

/**
 * `usual`: with static shared memory, static memory and assertions. `early`: the same with an
 * early console, for what goes wrong before the console. `stock`: Debian's own, without any.
 */
export type Build = 'usual' | 'early' | 'stock';

/** What one version of Xen makes of a mistake. */
export interface Expectation extends ExpectedOutcome {
  /** Ends the test's title: what the mistake does. */
  readonly does: string;
  /** Default `usual`. */
  readonly build?: Build;
  /** The domains that come up, where not all do. */
  readonly awaited?: readonly string[];
  /** What the board has to have so that it can be shown. An early console is asked for by `build`. */
  readonly requires?: readonly Capability[];
  /** What a system that boots all the same has to show. */
  readonly then?: (system: System) => Promise<void>;
}

/** One mistake, and what each version of Xen makes of it. */
export interface Row {
  /** Begins the test's title. */
  readonly mistake: string;
  readonly spec: SystemSpec;
  readonly tampering?: Tampering;
  /** Several expectations are for several builds of a version. */
  readonly expected: Readonly<Partial<Record<XenVersion, Expectation | readonly Expectation[]>>>;
}

/** Ends in a panic with `text`, after each of `says`. */
export const panics = (text: string, ...says: (string | RegExp)[]): Expectation => ({
  kind: 'panic',
  text,
  says,
  does: `panics: ${text}`,
});

/** The device tree is refused before the console is up: Xen 4.19 and later. */
export const refusedEarly = (code: number, ...says: (string | RegExp)[]): Expectation => ({
  ...panics(`Early FDT parsing failed (${code})`, ...says),
  build: 'early',
});

/** What Xen says before its console is up shows on a build with an early console. */
export const early = (expectation: Expectation): Expectation => ({
  ...expectation,
  build: 'early',
});

/** The domain cannot be built: Xen never goes on without it. */
export const refused = (domain: string, ...says: (string | RegExp)[]): Expectation =>
  panics(`Could not set up domain ${domain}`, ...says);

/** Runs into a BUG in a file of Xen. */
export const bugs = (file: string, ...says: (string | RegExp)[]): Expectation => ({
  kind: 'bug',
  text: file,
  says,
  does: `runs Xen into a BUG in ${file}`,
});

/** Fails an assertion of Xen. */
export const asserts = (condition: string, ...says: (string | RegExp)[]): Expectation => ({
  kind: 'assertion',
  text: condition,
  says,
  does: `fails Xen's assertion ${condition}`,
});

/** Xen itself takes a data abort. */
export const abortsXen = (...says: (string | RegExp)[]): Expectation => ({
  kind: 'data-abort',
  says,
  does: 'makes Xen itself take a data abort',
});

/** The same, on a board whose memory is seen from outside. */
export const seenFromOutside = (expectation: Expectation): Expectation => ({
  ...expectation,
  requires: ['physical-memory'],
});

/** Boots; `does` says what that means, and `then` proves it. */
export const boots = (
  does: string,
  then: (system: System) => Promise<void>,
  ...says: (string | RegExp)[]
): Expectation => ({ kind: 'up', does: `boots, and ${does}`, then, says });

/** Not one byte on the console. */
export const silent: Expectation = {
  kind: 'silent',
  does: 'leaves the console silent: 0 bytes',
};
