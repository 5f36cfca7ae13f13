// SPDX-License-Identifier: Apache-2.0
/** Configurations by seed and number: right ones, and ones with a single mistake. */
import { cells64, type DeviceTree, deviceTree, node } from '../dt/index.ts';
import { MisuseError } from '../support/errors.ts';
import { hostAddressOf } from '../support/units.ts';
import { hostDeviceTree } from '../xen/chosen.ts';
import { type HostLayout, planUnchecked } from '../xen/plan.ts';
import type { SystemSpec } from '../xen/spec.ts';
import type { Tampering } from '../xen/tampering.ts';
import { domainMistakes } from './domain-mistakes.ts';
import type { Choice, Mistake } from './mistake.ts';
import { placeMistakes } from './place-mistakes.ts';
import { Random } from './random.ts';
import { regionMistakes } from './region-mistakes.ts';
import { rightSystem } from './right-system.ts';
import { specificationMistakes } from './specification-mistakes.ts';

/** Every way to go wrong once. */
export const mistakes: readonly Mistake[] = [
  ...regionMistakes,
  ...domainMistakes,
  ...specificationMistakes,
  ...placeMistakes,
];

/** What can be booted: a specification, and what is done behind its back. */
export interface Generated {
  /** Which of those of a seed it is, from 0. */
  readonly index: number;
  /** Undefined where nothing is wrong. */
  readonly mistake: Mistake | undefined;
  readonly spec: SystemSpec;
  readonly tampering: Tampering;
}

const file = (address: bigint, size: number) => ({ address: hostAddressOf(address), size });

/** The device tree of a specification on a machine that is RAM and nothing else. */
export function nominalTree(spec: SystemSpec, layout: HostLayout): DeviceTree {
  const plan = planUnchecked(spec, layout);
  const ram = layout
    .ram(plan.machine.memory)
    .map(({ start, size }) =>
      node(`memory@${start.toString(16)}`, { device_type: 'memory', reg: cells64(start, size) }),
    );
  const base = deviceTree(node('', { '#address-cells': 2, '#size-cells': 2 }, ram));
  const { start } = layout.modules;
  return hostDeviceTree(base, plan, {
    kernel: file(start, 0x1_0000),
    kernelArguments: () => '',
    xenArguments: [],
  });
}

/** How often a right system is drawn until a mistake has a place in it. */
export const draws = 1000;

/** What a mistake may choose from, drawn. */
export const choiceOf = (random: Random): Choice => ({
  pick: random.between(0, 64),
  number: random.between(0, 0xffff),
});

/** The mistake put into a system; undefined where it has no place there. */
function putInto(
  spec: SystemSpec,
  { apply, respec }: Mistake,
  choice: Choice,
  layout: HostLayout,
): Pick<Generated, 'spec' | 'tampering'> | undefined {
  const wrong = respec === undefined ? spec : respec(spec, choice);
  if (wrong === undefined) return undefined;
  if (apply === undefined) return { spec: wrong, tampering: {} };
  if (apply(nominalTree(wrong, layout), choice) === undefined) return undefined;
  return { spec: wrong, tampering: { edit: (tree) => apply(tree, choice) ?? tree } };
}

/** One in so many of all configurations is right. */
const rightShare = 4;

/** What is put into the configuration of that number: each mistake as often as any other. */
export function mistakeAt<T>(index: number, among: readonly T[], all: boolean): T | undefined {
  if (!all) return among[index % among.length];
  if (index % rightShare === 0) return undefined;
  const nth = index - Math.floor(index / rightShare) - 1;
  return among[nth % among.length];
}

/**
 * The configuration of that seed and number, the same whenever it is asked for.
 * @throws MisuseError for mistakes that there are not.
 */
export function generate(
  seed: string,
  index: number,
  layout: HostLayout,
  only: readonly string[] = [],
  heap = true,
): Generated {
  const among = only.length === 0 ? mistakes : chosen(mistakes, only);
  const mistake = mistakeAt(index, among, only.length === 0);
  const random = new Random(`${seed}/${index}`);
  return { index, mistake, ...draw(random, mistake, layout, heap) };
}

/**
 * A right system, or one with that mistake: systems are drawn until it has a place in one.
 * @param heap whether its Xen takes a region without a host address.
 */
export function draw(
  random: Random,
  mistake: Mistake | undefined,
  layout: HostLayout,
  heap = true,
): Pick<Generated, 'spec' | 'tampering'> {
  if (mistake === undefined) return { spec: rightSystem(random, heap), tampering: {} };
  for (let count = 0; count < draws; count++) {
    const put = putInto(rightSystem(random, heap), mistake, choiceOf(random), layout);
    if (put !== undefined) return put;
  }
  throw new Error(`"${mistake.mistake}" has no place in ${draws} systems`);
}

/** Those whose name has one of these words in it. @throws MisuseError for a word that none has. */
export function chosen<T extends { readonly mistake: string }>(
  among: readonly T[],
  words: readonly string[],
): readonly T[] {
  const all = among.filter(({ mistake }) => words.some((word) => mistake.includes(word)));
  const unknown = words.find((word) => !among.some(({ mistake }) => mistake.includes(word)));
  if (unknown === undefined) return all;
  throw new MisuseError({
    who: `--only ${JSON.stringify(unknown)}`,
    what: 'no mistake is called so',
    where: among.map(({ mistake }) => mistake).join('\n'),
    remedy: 'name one of them, or a part of its name',
  });
}
