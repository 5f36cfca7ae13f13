// SPDX-License-Identifier: Apache-2.0
// Generated systems, right ones and wrong ones: lint says of them what they were made to be.
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import type { DeviceTree } from '../../../lib/dt/index.ts';
import { formatFindings } from '../../../lib/lint/format.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import { generatedFiles, lintSystem, targetNamed } from './generated.ts';
import { mistakes, rightSystem, wrongSystem } from './systems.ts';

const target = targetNamed('4.20');

/** What is said of every system of some kind, whatever the mistake in it. */
const always = new Set(['attributes-differ', 'reg-cacheable', 'reg-path', 'reg-iommu']);

function treeOf(spec: SystemSpec): DeviceTree {
  const [host] = generatedFiles(spec).hosts;
  if (host === undefined) throw new Error('no host tree');
  return host.source.tree;
}

test('nothing is found in systems that are right', () => {
  fc.assert(
    fc.property(rightSystem, (spec) => {
      const found = lintSystem(spec, target).filter(({ rule }) => !always.has(rule));
      expect(formatFindings(found, 'text')).toBe('');
    }),
    { numRuns: 100 },
  );
});

for (const kind of mistakes) {
  test(`${kind.mistake}: found by ${kind.rule} wherever it is, and nothing else is found`, () => {
    fc.assert(
      fc.property(wrongSystem(treeOf, [kind]), ({ rule, besides, spec, tampering }) => {
        const rules = lintSystem(spec, target, tampering).map((one) => one.rule);
        const others = rules.filter(
          (one) => one !== rule && !besides.includes(one) && !always.has(one),
        );
        expect({ others, found: rules.includes(rule) }).toEqual({ others: [], found: true });
      }),
      { numRuns: 15 },
    );
  });
}
