// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { type DeviceTree, writeBlob } from '../dt/index.ts';
import type { PlacedTree } from '../import/placed-tree.ts';
import { MisuseError } from '../support/errors.ts';
import type { Between } from './bisection.ts';
import type { Change } from './change.ts';
import { faultsOfTree } from './exists.ts';
import type { Observation } from './observation.ts';
import { compareTrees } from './tree-changes.ts';

/** Runs the test on a configuration; rejects with EnvironmentError where nothing can be said of it. */
export type Oracle = (tree: DeviceTree, key: string) => Promise<Observation>;

/** Two configurations, what differs, and the mixtures of them. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly between: Between;
  readonly mixed: (changes: readonly number[]) => DeviceTree;
}

/** By its content: what is written in another way and says the same has the same. */
export const keyOfTree = (tree: DeviceTree): string =>
  createHash('sha256').update(writeBlob(tree)).digest('hex');

/**
 * What lies between two host device trees.
 * @throws MisuseError when they say the same.
 */
export function differenceOf(good: PlacedTree, bad: PlacedTree, oracle: Oracle): Difference {
  const { changes, mix } = compareTrees(good, bad);
  if (changes.length === 0)
    throw new MisuseError({
      who: `${good.file} and ${bad.file}`,
      what: 'say the same: there is nothing between them',
      remedy: 'give two configurations that differ in what is booted',
    });
  const mixed = (chosen: readonly number[]): DeviceTree => {
    const set = new Set(chosen);
    const { tree } = chosen.length === changes.length ? bad : good;
    return { ...tree, root: mix((change) => set.has(change)) };
  };
  const allowed = new Set([good, bad].flatMap(({ file, tree }) => [...faultsOfTree(file, tree)]));
  const known = new Map<string, boolean>();
  const exists = (chosen: readonly number[]): boolean => {
    const key = chosen.join();
    const there = known.get(key) ?? canBe(mixed(chosen), bad.file, allowed);
    known.set(key, there);
    return there;
  };
  return {
    changes,
    mixed,
    between: {
      count: changes.length,
      exists,
      mixture: (chosen) => {
        const tree = mixed(chosen);
        const key = keyOfTree(tree);
        return { key, run: () => oracle(tree, key) };
      },
    },
  };
}

/** Whether a mixture has no fault that neither end has. */
function canBe(tree: DeviceTree, file: string, allowed: ReadonlySet<string>): boolean {
  try {
    return [...faultsOfTree(file, tree)].every((fault) => allowed.has(fault));
  } catch (error) {
    if (error instanceof MisuseError) return false;
    throw error;
  }
}
