// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { deviceTree, find, node, regOf, stringOf } from '../../../lib/dt/index.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { MiB, PAGE } from '../../../lib/support/units.ts';
import { planSystem } from '../../../lib/xen/plan.ts';
import { withReservedMemory } from '../../../lib/xen/reserved-memory.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';

const plan = (spec: Partial<SystemSpec>): ReturnType<typeof planSystem> =>
  planSystem({ dom0: { probe: 'memory' }, domains: {}, ...spec }, virtLayout);

test('reserved memory is put where nothing else is', () => {
  const { reserved, sram } = plan({
    sram: { bank: { size: PAGE } },
    reservedMemory: { small: { size: PAGE }, large: { size: MiB(4) } },
  });
  const [small, large] = reserved;

  expect(small?.hostAddress).not.toBe(sram[0]?.hostAddress);
  expect((large?.hostAddress ?? 1n) % BigInt(MiB(2))).toBe(0n);
  expect(large?.hostAddress).toBeGreaterThanOrEqual((small?.hostAddress ?? 0n) + BigInt(PAGE));
});

test('reserved memory over something else is told before anything boots', () => {
  const both = { size: PAGE, hostAddress: 0x7000_0000n };
  const wrong = (): unknown => plan({ sram: { bank: both }, reservedMemory: { area: both } });

  expect(wrong).toThrow(MisuseError);
  expect(wrong).toThrow(/sram\.bank .* overlaps reservedMemory\.area .* in host memory/);
});

test('the host’s tree has a node for each, in a /reserved-memory that may be there already', () => {
  const { reserved } = plan({
    reservedMemory: { area: { size: PAGE, hostAddress: 0x7000_0000n } },
  });
  const other = node('reserved-memory', { '#address-cells': 2, '#size-cells': 2, ranges: true }, [
    node('firmware@1000', {}),
  ]);
  for (const children of [[], [other]]) {
    const tree = withReservedMemory(deviceTree(node('', {}, children)), reserved);
    const area = find(tree, '/reserved-memory/xen-shmem@70000000');

    expect(area && stringOf(area, 'compatible')).toBe('xen,shared-memory-v1');
    expect(area && regOf(area, 2, 2)).toEqual([{ address: 0x7000_0000n, size: 0x1000n }]);
    const parent = find(tree, '/reserved-memory');
    expect(parent?.children).toHaveLength(children.length + 1);
  }
});
