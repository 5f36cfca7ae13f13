// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

/** What one run of a test showed: what did not hold, and what there was to be tried. */
export const observationSchema = z.object({
  faults: z.array(z.object({ assertion: z.string(), message: z.string() })),
  /** The sharings and event channels that the configuration has: `ID: DOMAINS`. */
  present: z.array(z.string()),
  tookMs: z.number().nonnegative(),
});

export type Observation = z.infer<typeof observationSchema>;
export type ObservedFault = Observation['faults'][number];

/** The assertion of a test that says nothing of a configuration: it could not be tried. */
export const cannotBeTried = 'the configuration can be tried';

/** What a bisection asks of a configuration. */
export interface Question {
  /** Those that the good end has, as they are present: without one, a configuration is not good. */
  readonly expected: readonly string[];
  /** Only faults of these, by their ids, and of the system as a whole; empty: of all. */
  readonly tests: readonly string[];
}

/** The id of what is present: domains have no colon in their names. */
const idOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(': ')));

/** What an assertion is about, by the ids that there are; undefined for the system as a whole. */
const subjectOf = (assertion: string, ids: readonly string[]): string | undefined =>
  ids
    .filter((id) => assertion.startsWith(`${id}: `))
    .reduce<string | undefined>(
      (longest, id) => (id.length > (longest?.length ?? 0) ? id : longest),
      undefined,
    );

/** What a run showed, as far as it is asked for. */
export function faultsAsked(
  { faults, present }: Observation,
  { expected, tests }: Question,
): ObservedFault[] {
  const gone = expected
    .filter((sharing) => !present.includes(sharing))
    .map((sharing) => ({
      assertion: `${idOf(sharing)}: is shared as in the good end`,
      message: `there is no ${sharing} any more`,
    }));
  const ids = [...present, ...expected].map(idOf);
  return [...faults, ...gone].filter(({ assertion }) => {
    const subject = subjectOf(assertion, ids);
    return tests.length === 0 || subject === undefined || tests.includes(subject);
  });
}

/** `passed`, `failed` as the bad end does, or in another way. */
export function judgeRun(
  faults: readonly ObservedFault[],
  known: ReadonlySet<string>,
): 'passed' | 'failed' | 'otherwise' {
  if (faults.length === 0) return 'passed';
  return faults.some(({ assertion }) => known.has(assertion)) ? 'failed' : 'otherwise';
}
