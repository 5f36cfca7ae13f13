// SPDX-License-Identifier: Apache-2.0
// Generated systems, right ones and wrong ones: lint says of them what they were made to be. What
// Xen makes of them is measured by `npm run agreement`.
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { mistakes } from '../../../lib/agreement/generate.ts';
import { formatFindings } from '../../../lib/lint/format.ts';
import { lintSystem, targetNamed } from './generated.ts';
import { rightSystem, wrongSystem } from './systems.ts';

const target = targetNamed('4.20');

test('nothing is found in systems that are right', () => {
  fc.assert(
    fc.property(rightSystem, (spec) => {
      expect(formatFindings(lintSystem(spec, target), 'text')).toBe('');
    }),
    { numRuns: 200 },
  );
});

for (const kind of mistakes) {
  const { mistake, rule, besides = [] } = kind;
  test(`${mistake}: found by ${rule} wherever it is, and nothing else is found`, () => {
    fc.assert(
      fc.property(wrongSystem(kind), ({ spec, tampering }) => {
        const rules = lintSystem(spec, target, tampering).map((one) => one.rule);
        const others = rules.filter((one) => one !== rule && !besides.includes(one));
        expect({ others, found: rules.includes(rule) }).toEqual({ others: [], found: true });
      }),
      { numRuns: 15 },
    );
  });
}
