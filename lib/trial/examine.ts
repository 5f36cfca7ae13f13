// SPDX-License-Identifier: Apache-2.0
import { NoAnswerError } from '../probe/link.ts';
import { addressPattern, constantPattern, type Pattern } from '../probe/patterns.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { expectedMapping } from '../xen/mechanisms.ts';
import { describeWhere } from '../import/where.ts';
import { overlaps, type Range, subtract } from '../memory/ranges.ts';
import type { End } from './ends.ts';
import type { Party, Sharing } from './sharings.ts';
import type { SharingVerdict, TrialFault } from './verdict.ts';

/** How stage 2 differs from what is written: of a region of a domain, or of the system. */
export interface Difference {
  readonly id: string | undefined;
  readonly fault: TrialFault;
}

/** A system that is up, as far as sharing is tried in it. */
export interface Trialled {
  /** A part of what is shared, as a party has it; why it cannot be tried, if it cannot. */
  readonly endOf: (party: Party, offset: bigint, size: bigint) => End | string;
  /** What of stage 2 is not as written; nothing on a board that cannot show it. */
  readonly differences: (sharings: readonly Sharing[]) => Promise<readonly Difference[]>;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** What a party has of what is shared. */
const partOfSharing = ({ domain, offset = 0n, size }: Party): Range => ({
  ...{ name: domain, start: offset, size },
});

/** Two parties, and what they both have. */
interface Pair {
  readonly from: Party;
  readonly to: Party;
  readonly start: bigint;
  readonly size: bigint;
}

/**
 * Each party but the first, with those before it that have some of the same memory: each piece of it
 * with the first that has it. Who has the same as that one has it by what those two are tried for.
 */
export function pairsOf({ parties }: Sharing): Pair[] {
  return parties.slice(1).flatMap((to, index) => {
    const pairs: Pair[] = [];
    let left = [partOfSharing(to)];
    for (const from of parties.slice(0, index + 1)) {
      const own = partOfSharing(from);
      const rest = left.flatMap((piece) => subtract(piece, [own]));
      const both = left.flatMap((piece) => subtract(piece, subtract(piece, [own])));
      pairs.push(...both.map(({ start, size }) => ({ from, to, start, size })));
      left = rest;
    }
    return pairs;
  });
}

/** Parties that have nothing of what another domain has; where no two have, all but the first. */
export function apart({ id, parties }: Sharing): TrialFault[] {
  const alone = parties.filter((one) =>
    parties.every(
      (other) => other.domain === one.domain || !overlaps(partOfSharing(one), partOfSharing(other)),
    ),
  );
  const told = alone.length === parties.length ? alone.slice(1) : alone;
  return told.map(({ domain, where }) => ({
    assertion: `${id}: ${domain} has memory of it that another has`,
    message: `what ${domain} has of it, no other domain has`,
    where: describeWhere(where),
  }));
}

/** Writes by one and reads by the other; `silent`: which of them gave no answer, if one did not. */
async function crosses(
  from: End,
  to: End,
  pattern: Pattern,
): Promise<{ readonly message: string; readonly silent?: string } | undefined> {
  let at = from;
  try {
    await from.write(pattern);
    at = to;
    const message = await to.misread(pattern, from.domain);
    return message === undefined ? undefined : { message };
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    const silent = error instanceof NoAnswerError ? { silent: at.domain } : {};
    return { message: firstLine(messageOf(error)), ...silent };
  }
}

/** Numbers that no memory holds by chance; each exchange has another. */
function patternOf(ends: readonly End[], seed: number): Pattern {
  const plain = ends.some(({ kind }) => kind === 'constant');
  return plain ? constantPattern(0x5a5a_c3c3_0000_0000n + BigInt(seed)) : addressPattern(seed);
}

/** What came of the data of one sharing; a reason for each pair that could not be tried. */
interface Exchanged {
  readonly faults: readonly TrialFault[];
  readonly reasons: readonly string[];
}

/**
 * Writes and reads both ways between each party and one before it.
 * @param silent domains that once gave no answer: what they were told they may do later, into what
 * others do.
 */
async function exchange(
  trialled: Trialled,
  sharing: Sharing,
  silent: Set<string>,
): Promise<Exchanged> {
  const reasons: string[] = [];
  let seed = 1;
  // Between a domain and itself nothing is shared.
  if (oneSided(sharing).length > 0) return { faults: [], reasons };
  const faults = apart(sharing);
  for (const pair of pairsOf(sharing)) {
    const { start, size } = pair;
    const ends = [pair.from, pair.to].map((party) => trialled.endOf(party, start, size));
    const [from, to] = ends;
    const missing = ends.filter((end) => typeof end === 'string');
    reasons.push(...missing);
    if (from === undefined || to === undefined || typeof from === 'string') continue;
    if (typeof to === 'string') continue;
    for (const [one, other, reader] of [
      [from, to, pair.to],
      [to, from, pair.from],
    ] as const) {
      const mute = [one, other].find(({ domain }) => silent.has(domain));
      if (mute !== undefined) {
        reasons.push(`${mute.domain} gave no answer before`);
        continue;
      }
      const failed = await crosses(one, other, patternOf([one, other], seed++));
      if (failed === undefined) continue;
      const assertion = `${sharing.id}: ${other.domain} reads what ${one.domain} writes`;
      const { message } = failed;
      faults.push({ assertion, message, where: describeWhere(reader.where) });
      if (failed.silent !== undefined) silent.add(failed.silent);
    }
  }
  return { faults, reasons: [...new Set(reasons)] };
}

/** Parties that have one memory with attributes with which a processor's caches do not agree. */
export function mismatched({ id, parties }: Sharing): TrialFault[] {
  const mapped = parties.flatMap(({ domain, share, where }) => {
    const mapping = share && expectedMapping(share);
    return mapping === undefined ? [] : [{ domain, memory: mapping.memory, where }];
  });
  if (new Set(mapped.map(({ memory }) => memory)).size < 2) return [];
  const who = mapped.map(
    ({ domain, memory, where }) => `${domain} has it ${memory} (${describeWhere(where)})`,
  );
  return [
    {
      assertion: `${id}: all have it with the same attributes`,
      message: [...who, 'with real caches, what one writes may never reach the other'].join('; '),
    },
  ];
}

/** What is wrong where a single domain has it, however often that names it. */
export function oneSided({ id, mechanism, parties }: Sharing): TrialFault[] {
  const [first, ...others] = parties;
  if (others.some(({ domain }) => domain !== first?.domain)) return [];
  const word = mechanism === 'static_shm' ? 'id' : 'xen,shm-id';
  const times = others.length === 0 ? '' : `, ${parties.length} times`;
  return [
    {
      assertion: `${id}: several domains have it`,
      message: `only ${first?.domain ?? 'nobody'} has it${times}: no other domain names the same ${word}`,
      ...(first !== undefined && { where: describeWhere(first.where) }),
    },
  ];
}

function verdictOf(
  sharing: Sharing,
  { faults: exchanged, reasons }: Exchanged,
  differences: readonly Difference[],
): SharingVerdict {
  const alone = oneSided(sharing);
  const mapped = differences.filter(({ id }) => id === sharing.id).map(({ fault }) => fault);
  const faults = [
    ...alone,
    ...exchanged,
    ...mapped,
    ...(reasons.length > 0 ? [] : mismatched(sharing)),
  ];
  if (alone.length > 0) return { sharing, verdict: 'one-sided', faults };
  if (faults.length > 0) return { sharing, verdict: 'fails', faults };
  if (reasons.length === 0) return { sharing, verdict: 'works', faults };
  return { sharing, verdict: 'not-tried', faults, reason: reasons.join('; ') };
}

/** Tries every sharing of a system that is up: data both ways, and what is mapped. */
export async function examine(
  trialled: Trialled,
  sharings: readonly Sharing[],
): Promise<{
  readonly verdicts: readonly SharingVerdict[];
  readonly faults: readonly TrialFault[];
}> {
  const exchanged = new Map<Sharing, Exchanged>();
  const silent = new Set<string>();
  for (const sharing of sharings) exchanged.set(sharing, await exchange(trialled, sharing, silent));
  const differences = await trialled.differences(sharings);
  const none: Exchanged = { faults: [], reasons: [] };
  return {
    verdicts: sharings.map((sharing) =>
      verdictOf(sharing, exchanged.get(sharing) ?? none, differences),
    ),
    faults: differences.filter(({ id }) => id === undefined).map(({ fault }) => fault),
  };
}
