// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { generate, mistakes } from '../../../lib/agreement/generate.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import { failureOf } from '../images/failure-of.ts';

const named = (seed: string, index: number, only?: readonly string[]): string | undefined =>
  generate(seed, index, virtLayout, only).mistake?.mistake;

test('the same seed and number make the same configuration, others another', () => {
  const { spec } = generate('a', 7, virtLayout);
  expect(generate('a', 7, virtLayout).spec).toEqual(spec);
  expect(generate('b', 7, virtLayout).spec).not.toEqual(spec);
});

test('one configuration in four is right, and each mistake comes as often as any other', () => {
  const round = (4 * mistakes.length) / 3;
  const all = Array.from({ length: Math.ceil(round) }, (_unused, index) => named('a', index));
  expect(all.filter((_one, index) => index % 4 === 0).every((one) => one === undefined)).toBe(true);
  const wrong = all.filter((one) => one !== undefined);
  expect(wrong.toSorted()).toEqual(mistakes.map(({ mistake }) => mistake).toSorted());
});

test('what is right passes every check of a specification', () => {
  for (let index = 0; index < 400; index += 4)
    expect(() => planSystem(generate('a', index, virtLayout).spec, virtLayout)).not.toThrow();
});

test('for a Xen without regions from the heap there are none, and all else is the same', () => {
  const fromHeap = (heap: boolean): number[] =>
    Array.from({ length: 40 }, (_unused, index) => {
      const { spec } = generate('a', 4 * index, virtLayout, [], heap);
      const regions = Object.values(spec.sharedMemory ?? {});
      return regions.filter(({ hostAddress }) => hostAddress === 'xen').length;
    });
  expect(Math.max(...fromHeap(true))).toBeGreaterThan(0);
  expect(Math.max(...fromHeap(false))).toBe(0);
  const { spec } = generate('a', 4, virtLayout, [], false);
  expect(spec.domains).toEqual(generate('a', 4, virtLayout).spec.domains);
});

test('mistakes can be chosen by a part of their names, and one that there is not is told', async () => {
  const some = [0, 1, 2].map((index) => named('a', index, ['no cpus', 'no memory']));
  expect(some).toEqual(['no cpus', 'no memory', 'no cpus']);
  const error = await failureOf(() => named('a', 0, ['no cpus', 'nonsense']));
  expect(error.message).toContain('--only "nonsense": no mistake is called so');
  expect(error.message).toContain('no cpus');
});
