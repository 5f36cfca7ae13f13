// SPDX-License-Identifier: Apache-2.0
// What counts as shown of a system that works all the same, and what its author is taken to have meant.
import { expect, test } from '@playwright/test';
import { meantPlan } from '../../../lib/agreement/meant.ts';
import { prove } from '../../../lib/agreement/proofs.ts';
import { cells64, setNode, setProperty } from '../../../lib/dt/index.ts';
import { Stage2Map } from '../../../lib/memory/stage2-map.ts';
import type { Stage2Entry } from '../../../lib/memory/stage2-walk.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf, PAGE } from '../../../lib/support/units.ts';
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

/** A domain that has two pages of host memory, of which the first is reserved. */
const window = {
  ...plan,
  domains: plan.domains.slice(0, 1).map((one) => ({
    ...one,
    mappings: one.mappings.map((mapping) => ({
      ...mapping,
      region: { ...mapping.region, size: 2 * PAGE, hostAddress: hostAddressOf(0x7000_0000n) },
    })),
  })),
};

test('a frame that is RAM and not reserved is shown where stage 2 has it', () => {
  const name = window.domains[0]?.name ?? '';
  const at = window.domains[0]?.mappings[0]?.guestAddress ?? 0n;
  const entry = { guestAddress: at, hostAddress: hostAddressOf(0x7000_0000n), size: 0x2000n };
  const maps = new Map([[name, new Stage2Map([entry as Stage2Entry])]]);
  const where = { file: 'host.dts' };
  const bank = (start: bigint, size: bigint) => ({ name: 'memory', start, size, where });
  const memory = [bank(0x4000_0000n, 0x8000_0000n)];
  const reserved = (size: bigint) => [{ ...bank(0x7000_0000n, size), sharable: true }];
  const shown = { plan: window, maps, console: [] };
  expect(prove({ ...shown, host: { memory, reserved: reserved(0x1000n) } })).toEqual({
    'iomem-ram': expect.stringContaining('is frame 0x70001000, which is not reserved'),
  });
  expect(prove({ ...shown, host: { memory, reserved: reserved(0x2000n) } })).toEqual({});
});
