// SPDX-License-Identifier: Apache-2.0
/** Systems that are right, and systems with one mistake, of which it is known what finds it. */
import fc from 'fast-check';
import { draw, type Generated } from '../../../lib/agreement/generate.ts';
import type { Mistake } from '../../../lib/agreement/mistake.ts';
import { Random } from '../../../lib/agreement/random.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';

const random = fc.nat().map((seed) => new Random(`${seed}`));

/** Systems with regions, roles, SRAM, channels: each choice of theirs made, as a tree has it. */
export const rightSystem: fc.Arbitrary<SystemSpec> = random.map(
  (one) => draw(one, undefined, virtLayout).spec,
);

/** A right system with that mistake put into it. */
export const wrongSystem = (
  mistake: Mistake,
): fc.Arbitrary<Pick<Generated, 'spec' | 'tampering'>> =>
  random.map((one) => draw(one, mistake, virtLayout));
