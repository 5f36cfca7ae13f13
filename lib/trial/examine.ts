// SPDX-License-Identifier: Apache-2.0
import type { System } from '../boot/system.ts';
import type { Page } from '../probe/page.ts';
import { addressPattern, type Pattern } from '../probe/patterns.ts';
import { EnvironmentError, messageOf, SubjectError } from '../support/errors.ts';
import { hex, MiB, PAGE } from '../support/units.ts';
import { findDifferences } from '../xen/stage2-differences.ts';
import type { Sharing } from './sharings.ts';
import type { SharingVerdict, TrialFault } from './verdict.ts';

/** Up to so many bytes each word is written and read; above, one word of each page. */
const wholeUpTo = MiB(1);

/** What two domains share, from the side of each. */
interface Ends {
  readonly from: Page;
  readonly to: Page;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

async function crosses({ from, to }: Ends, pattern: Pattern): Promise<string | undefined> {
  await from.write(pattern);
  const { bad, words, mismatches } = await to.check(pattern);
  if (bad === 0) return undefined;
  const [first] = mismatches;
  return (
    `${bad} of ${words} words are not what ${from.facts.domain} wrote, ` +
    `the first at offset ${hex(first?.offset ?? 0)}: ${hex(first?.observed ?? 0n)}`
  );
}

/** A region as a domain sees it: all of its words, or one of each page. */
function pageOf(system: System, domain: string, id: string, index: number): Page {
  const page = system.domain(domain).page(id, index);
  return page.size <= wholeUpTo ? page : page.every(PAGE);
}

/** Each mapping of the region, with the domain that has it; a domain may have several. */
function pagesOf(system: System, { id, parties }: Sharing): Page[] {
  const seen = new Map<string, number>();
  return parties.map(({ domain }) => {
    const index = seen.get(domain) ?? 0;
    seen.set(domain, index + 1);
    return pageOf(system, domain, id, index);
  });
}

/** Writes and reads both ways between the first party and each other one. */
async function exchange(system: System, sharing: Sharing): Promise<TrialFault[]> {
  const [first, ...others] = pagesOf(system, sharing);
  const faults: TrialFault[] = [];
  if (first === undefined) return faults;
  let seed = 1;
  for (const other of others) {
    for (const ends of [
      { from: first, to: other },
      { from: other, to: first },
    ]) {
      const assertion = `${sharing.id}: ${ends.to.facts.domain} reads what ${ends.from.facts.domain} writes`;
      const message = await crosses(ends, addressPattern(seed++)).catch((error: unknown) => {
        if (error instanceof SubjectError) return firstLine(messageOf(error));
        throw error;
      });
      if (message !== undefined) faults.push({ assertion, message });
    }
  }
  return faults;
}

/** How stage 2 differs from what is written: of a region of a domain, or of the system. */
interface Difference {
  readonly id: string | undefined;
  readonly fault: TrialFault;
}

async function differencesOf(
  system: System,
  sharings: readonly Sharing[],
): Promise<readonly Difference[]> {
  const { plan, stage2, commonDevices } = system;
  const found = findDifferences(plan, await stage2.maps(), commonDevices);
  return found.map((text) => {
    for (const { id, parties } of sharings)
      for (const { domain } of parties)
        if (text.startsWith(`${domain}: ${id}, `)) {
          const assertion = `${id}: ${domain} has it mapped as written`;
          return { id, fault: { assertion, message: text } };
        }
    const assertion = 'domains have in common only what they share';
    return { id: undefined, fault: { assertion, message: text } };
  });
}

const oneSided = ({ id, parties }: Sharing): TrialFault => ({
  assertion: `${id}: several domains have it`,
  message: `only ${parties[0]?.domain ?? 'nobody'} has it: no other domain names the same xen,shm-id`,
});

/** Tries every sharing of a system that is up: data both ways, and what is mapped. */
export async function examine(
  system: System,
  sharings: readonly Sharing[],
  stage2: boolean,
): Promise<{
  readonly verdicts: readonly SharingVerdict[];
  readonly faults: readonly TrialFault[];
}> {
  const exchanged = new Map<string, readonly TrialFault[]>();
  for (const sharing of sharings)
    exchanged.set(
      sharing.id,
      sharing.parties.length < 2 ? [oneSided(sharing)] : await exchange(system, sharing),
    );
  const differences = stage2 ? await lookAtStage2(system, sharings) : [];
  return {
    verdicts: sharings.map((sharing) => {
      const mapped = differences.filter(({ id }) => id === sharing.id);
      const faults = [...(exchanged.get(sharing.id) ?? []), ...mapped.map(({ fault }) => fault)];
      const alone = sharing.parties.length < 2;
      return {
        sharing,
        verdict: alone ? 'one-sided' : faults.length > 0 ? 'fails' : 'works',
        faults,
      };
    }),
    faults: differences.filter(({ id }) => id === undefined).map(({ fault }) => fault),
  };
}

/** A domain that has died cannot be looked at: that it died is told elsewhere. */
async function lookAtStage2(
  system: System,
  sharings: readonly Sharing[],
): Promise<readonly Difference[]> {
  try {
    return await differencesOf(system, sharings);
  } catch (error) {
    if (error instanceof EnvironmentError && system.machine.fate.error === undefined) throw error;
    return [];
  }
}
