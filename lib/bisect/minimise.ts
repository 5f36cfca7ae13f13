// SPDX-License-Identifier: Apache-2.0
/**
 * The smallest set of changes that breaks a test. Pure: what a set does is asked of a function.
 *
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), define what is
 * looked for: a set that fails, of which nothing can be left out. Their ddmin halves blindly; here
 * each guilty change is found by a binary search over beginnings of the list, as in Hildebrandt's
 * and Zeller's isolation and in Junker's QuickXplain (2004): with k guilty changes of n it asks about
 * k·log2(n/k) + 2k times.
 */

/** `unresolved`: it cannot be, could not be tried, or fails in another way than the bad end. */
export type StepVerdict = 'good' | 'bad' | 'unresolved';

/** What a set of changes comes to, by their numbers in ascending order. */
export type Ask = (changes: readonly number[]) => Promise<StepVerdict>;

/**
 * How the search asks. It is quick to go wrong where a set that is bad was taken for good: it only
 * finds more than it takes. What the answer rests upon is therefore asked of `sure`, and `suspect`
 * is told which set is made smaller, before it is.
 */
export interface Asking {
  readonly ask: Ask;
  readonly sure?: Ask;
  readonly suspect?: (changes: readonly number[]) => Promise<unknown>;
}

/** For each change, by its number, those without which it cannot be. */
export type Requirements = readonly (readonly number[])[];

/** With all that its members require. In ascending order. */
export function closed(changes: Iterable<number>, requires: Requirements): number[] {
  const all = new Set<number>();
  const waiting = [...changes];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    waiting.push(...(requires[next] ?? []));
  }
  return [...all].sort((a, b) => a - b);
}

/** Without a change, and without all that requires it. */
export function without(
  changes: readonly number[],
  gone: number,
  requires: Requirements,
): number[] {
  return changes.filter((change) => !closed([change], requires).includes(gone));
}

/**
 * Numbers in such an order that each stands behind all that it requires; what requires one another
 * stands together.
 */
function ordered(changes: readonly number[], requires: Requirements): number[] {
  const weight = new Map(changes.map((change) => [change, closed([change], requires).length]));
  return changes.toSorted((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0) || a - b);
}

/** Whether a set of changes can be, without trying. */
export type Exists = (changes: readonly number[]) => boolean | Promise<boolean>;

/** How far a search has come. */
export interface SearchProgress {
  /** Changes that are known to be needed. */
  readonly found: number;
  /** Changes among which the next one is. */
  readonly left: number;
}

/**
 * A set of `changes` that is bad and of which nothing can be left out: without any one of it, and
 * what requires that one, it is not bad. That holds whatever `ask` answers, also where more changes
 * may be good where fewer were bad. `changes` is a closed set that is bad; none of them is not.
 */
export async function minimise(
  changes: readonly number[],
  requires: Requirements,
  asking: Asking,
  onProgress: (progress: SearchProgress) => void = () => undefined,
): Promise<number[]> {
  const { ask } = asking;
  const bad = async (set: Iterable<number>): Promise<boolean> =>
    (await ask(closed(set, requires))) === 'bad';
  let rest = ordered(changes, requires);
  const fixed: number[] = [];
  // Always: `fixed` and `rest` together are bad.
  while (rest.length > 0) {
    let [low, high] = [0, rest.length];
    // `low` of the rest are not bad with what is fixed, `high` are.
    if (fixed.length > 0 && (await bad(fixed))) break;
    while (high - low > 1) {
      onProgress({ found: fixed.length, left: high - low });
      const middle = (low + high) >> 1;
      if (await bad([...fixed, ...rest.slice(0, middle)])) high = middle;
      else low = middle;
    }
    fixed.push(rest[high - 1] ?? 0);
    rest = rest.slice(0, high - 1);
  }
  onProgress({ found: fixed.length, left: 0 });
  return shrink(closed(fixed, requires), requires, asking);
}

/** Leaves out what can be left out, one after the other, until nothing can. */
async function shrink(set: number[], requires: Requirements, asking: Asking): Promise<number[]> {
  await asking.suspect?.(set);
  const sure = asking.sure ?? asking.ask;
  for (const change of set.toReversed()) {
    const smaller = without(set, change, requires);
    if (smaller.length > 0 && (await sure(smaller)) === 'bad')
      return shrink(smaller, requires, asking);
  }
  return set;
}

/**
 * What each of `count` changes requires, from whether sets of them can exist; all together can, and
 * none can. A change that can exist alone requires nothing. Pure and quick: nothing is tried.
 */
export async function findRequirements(
  count: number,
  exists: Exists,
): Promise<readonly (readonly number[])[]> {
  const all = Array.from({ length: count }, (_unused, index) => index);
  let requires: Requirements = all.map(() => []);
  const alone: boolean[] = [];
  for (const change of all) alone.push(await exists([change]));
  // The second time, what the others require is known: nothing is taken for required that was only
  // there to complete another.
  for (let round = 0; round < 2; round++) {
    const known = requires;
    const found: (readonly number[])[] = [];
    for (const change of all)
      found.push(alone[change] === true ? [] : await requiredBy(change, all, known, exists));
    requires = found;
  }
  return requires;
}

function requiredBy(
  change: number,
  all: readonly number[],
  known: Requirements,
  exists: Exists,
): Promise<number[]> {
  const others = all.filter((other) => other !== change);
  const without = known.map((required) => required.filter((one) => one !== change));
  const ask: Ask = async (set) => {
    const together = [...set, change].sort((a, b) => a - b);
    return (await exists(together)) ? 'bad' : 'good';
  };
  return minimise(others, without, { ask });
}

/** One reason why the test fails: the changes that it takes, and whether all others are good. */
export interface Cause {
  readonly changes: readonly number[];
}

/** All that a search found out. */
export interface Causes {
  /** Each is enough, and is as small as can be; they have no change in common. */
  readonly causes: readonly Cause[];
  /** All changes but those of the causes, and those that require them. */
  readonly left: readonly number[];
  /** What these come to. */
  readonly others: StepVerdict;
}

/** Finds one cause after the other, until what is left is not bad. */
export async function findCauses(
  count: number,
  requires: Requirements,
  asking: Asking,
  {
    askLeft = asking.sure ?? asking.ask,
    onCause,
    onProgress,
  }: {
    readonly askLeft?: Ask;
    readonly onCause?: (changes: readonly number[]) => Promise<void>;
    readonly onProgress?: (progress: SearchProgress) => void;
  } = {},
): Promise<Causes> {
  const causes: Cause[] = [];
  let left = Array.from({ length: count }, (_unused, index) => index);
  let verdict: StepVerdict = 'bad';
  while (verdict === 'bad' && left.length > 0) {
    const changes = await minimise(left, requires, asking, onProgress);
    causes.push({ changes });
    await onCause?.(changes);
    for (const change of changes) left = without(left, change, requires);
    verdict = left.length === 0 ? 'good' : await askLeft(left);
  }
  return { causes, left, others: verdict };
}
