// SPDX-License-Identifier: Apache-2.0
/**
 * Systems that are right, and systems with one mistake, of which it is known what finds it. They are
 * values that can be booted as they are: a specification and an edit of its host device tree.
 */
import fc from 'fast-check';
import type { RuleName } from '../../../lib/lint/rules.ts';
import { type DeviceTree, find } from '../../../lib/dt/index.ts';
import { PAGE } from '../../../lib/support/units.ts';
import type { SramMapSpec, SystemSpec } from '../../../lib/xen/spec.ts';
import type { Tampering } from '../../../lib/xen/tampering.ts';
import { domainMistakes } from './domain-mistakes.ts';
import type { Choice, Mistake } from './mistakes-in-trees.ts';
import { regionMistakes } from './region-mistakes.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

/** Systems with regions, roles, SRAM, channels: each choice of theirs made, as a tree has it. */
export const rightSystem: fc.Arbitrary<SystemSpec> = fc
  .record({
    domains: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    regions: fc.uniqueArray(name, { maxLength: 3 }),
    banks: fc.nat({ max: 2 }),
    pages: fc.integer({ min: 1, max: 32 }),
    heap: fc.boolean(),
    owned: fc.boolean(),
    vcpus: fc.integer({ min: 1, max: 4 }),
    channel: fc.integer({ min: 1, max: 1023 }),
    how: fc.constantFrom<SramMapSpec>(
      {},
      { by: 'xen,reg-cacheable' },
      { path: false },
      { forceAssign: false },
    ),
  })
  .map(({ domains, regions, banks, pages: count, heap, owned, vcpus, channel, how }) => {
    const [first = '', second] = domains;
    const bankNames = Array.from({ length: banks }, (_unused, index) => `bank${index}`);
    const maps = (domain: string): DomainMaps =>
      Object.fromEntries(
        regions.map((region) => [
          region,
          owned ? ({ role: domain === first ? 'owner' : 'borrower' } as const) : {},
        ]),
      );
    return {
      sharedMemory: Object.fromEntries(
        regions.map((region) => [
          region,
          { size: count * PAGE, ...(heap && { hostAddress: 'xen' as const }) },
        ]),
      ),
      sram: Object.fromEntries(bankNames.map((bank) => [bank, { size: count * PAGE }])),
      ...(second !== undefined && { eventChannels: { bell: { [first]: channel, [second]: 7 } } }),
      domains: Object.fromEntries(
        domains.map((domain) => [
          domain,
          {
            probe: 'memory' as const,
            vcpus,
            maps: maps(domain),
            sram: Object.fromEntries(bankNames.map((bank) => [bank, how])),
          },
        ]),
      ),
    };
  });

type DomainMaps = NonNullable<SystemSpec['domains'][string]['maps']>;

/** Every way to go wrong once. */
export const mistakes: readonly Mistake[] = [...regionMistakes, ...domainMistakes];

/** A system with one mistake. */
export interface WrongSystem {
  readonly mistake: string;
  readonly rule: RuleName;
  /** What may be found besides, since it follows from the mistake. */
  readonly besides: readonly RuleName[];
  readonly spec: SystemSpec;
  readonly tampering: Tampering;
}

/** Whether the mistake has a place in what a specification leads to. */
function fits({ apply }: Mistake, tree: DeviceTree, choice: Choice): boolean {
  return find(tree, '/chosen') !== undefined && apply(tree, choice) !== undefined;
}

/**
 * A right system with one mistake put into it.
 *
 * @param treeOf the host device tree that a specification is booted with.
 */
export function wrongSystem(
  treeOf: (spec: SystemSpec) => DeviceTree,
  among: readonly Mistake[] = mistakes,
): fc.Arbitrary<WrongSystem> {
  return fc
    .record({
      spec: rightSystem,
      kind: fc.constantFrom(...among),
      choice: fc.record({ pick: fc.nat({ max: 64 }), number: fc.nat({ max: 0xffff }) }),
    })
    .filter(({ spec, kind, choice }) => fits(kind, treeOf(spec), choice))
    .map(({ spec, kind, choice }) => ({
      mistake: kind.mistake,
      rule: kind.rule,
      besides: kind.besides ?? [],
      spec,
      tampering: { edit: (tree) => kind.apply(tree, choice) ?? tree },
    }));
}
