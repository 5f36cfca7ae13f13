// SPDX-License-Identifier: Apache-2.0
// Lint and Xen agree on a sample: all of it is `npm run agreement`.
import { expect, test } from '@playwright/test';
import { compare, type Compared } from '../../../lib/agreement/agreement.ts';
import { draw, mistakes } from '../../../lib/agreement/generate.ts';
import type { Mistake } from '../../../lib/agreement/mistake.ts';
import { observe } from '../../../lib/agreement/observe.ts';
import { Random } from '../../../lib/agreement/random.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { boardWith } from '../boot/boards.ts';
import { targetNamed } from '../lint/generated.ts';

const flavour = 'early-console';

async function booted(
  seed: string,
  mistake: Mistake | undefined,
  evidence: string,
): Promise<Compared> {
  const drawn = draw(new Random(seed), mistake, virtLayout);
  const { files, observation } = await observe(drawn, { board: boardWith(), flavour, evidence });
  const result = { index: 0, seed, subject: '', mistake: mistake?.mistake, files, observation };
  return compare(result, targetNamed('4.20'));
}

const nothing = { findings: [], fault: undefined };

for (const seed of ['a', 'b', 'c', 'd'])
  test(`nothing is found in a system that works: ${seed}`, async ({}, { outputDir }) => {
    const { result, judged } = await booted(seed, undefined, outputDir);
    const { errors, warnings } = judged;
    const [fault] = result.observation.faults;
    expect({ findings: [...errors, ...warnings], fault }).toEqual(nothing);
  });

/** Every third: all of them take a minute. */
const sample = mistakes.filter((_one, index) => index % 3 === 0);

for (const mistake of sample)
  test(`${mistake.mistake}: what is said is what comes`, async ({}, { outputDir }) => {
    const { result, judged } = await booted('a', mistake, outputDir);
    expect([...judged.errors, ...judged.warnings]).toContain(mistake.rule);
    const { faults, proofs } = result.observation;
    expect(judged.agreement, JSON.stringify({ faults, proofs })).toMatch(
      /^(?:right|hit|quiet|warned)$/,
    );
  });
