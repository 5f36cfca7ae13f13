// SPDX-License-Identifier: Apache-2.0
// What counts as shown of a system that works all the same, and what its author is taken to have meant.
import { expect, test } from '@playwright/test';
import { meantPlan } from '../../../lib/agreement/meant.ts';
import { prove } from '../../../lib/agreement/proofs.ts';
import { cells64, setNode, setProperty } from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { PAGE } from '../../../lib/support/units.ts';
import { planUnchecked } from '../../../lib/xen/plan.ts';
import { generatedFiles } from '../lint/generated.ts';
import { pair } from '../boot/boards.ts';

const plan = planUnchecked(pair, virtLayout);

for (const said of [
  '(XEN) fdt: shared memory region overlap with an existing entry 0x68000000 - 0x68001000',
  '(XEN) fdt: different shared memory region could not share the same shm ID mailbox',
])
  test(`Xen 4.17 stops reading the tree, and says so: ${said}`, () => {
    const shown = { plan, maps: new Map(), console: ['(XEN) Xen version 4.17', said] };
    expect(prove(shown)).toEqual({ 'shm-differs': said });
  });

test('a console that says nothing of it proves nothing', () => {
  expect(prove({ plan, maps: new Map(), console: ['(XEN) fdt: node `shm@0`: parsed'] })).toEqual(
    {},
  );
});

for (const [what, size] of [
  ['no size', 0],
  ['a size off the page', PAGE + 8],
] as const)
  test(`a node of ${what} is meant to have the region’s`, () => {
    const { hosts } = generatedFiles(pair, {
      edit: (tree) =>
        setNode(tree, '/chosen/borrower/shm@50000000', (node) =>
          setProperty(
            node,
            'xen,shared-mem',
            cells64(plan.regions[0]?.hostAddress ?? 0n, 0x5000_0000n, size),
          ),
        ),
    });
    const [host] = hosts;
    const meant =
      host && meantPlan(plan, host).domains.map(({ mappings: [one] }) => one?.region.size);
    expect(meant).toEqual([PAGE, PAGE]);
  });
