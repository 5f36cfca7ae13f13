// SPDX-License-Identifier: Apache-2.0
import { dt, MiB, type System, type SystemSpec } from '#crosspage';
import { having, inNode } from '../edits.ts';
import { boots, bugs, early, panics, refused, refusedEarly, type Row, silent } from '../row.ts';

const bank = 0x6800_0000n;

const single: SystemSpec = { domains: { alone: { probe: 'memory', staticMemory: bank } } };

async function answers(system: System): Promise<void> {
  await system.domain('alone').ping();
}

/** RAM at a fixed host address: `xen,static-mem`, `direct-map`. */
export const staticMemory: readonly Row[] = [
  {
    mistake: 'a memory that is not the sum of xen,static-mem',
    spec: single,
    tampering: inNode('/chosen/alone', having('memory', dt.cells64(MiB(64) / 1024))),
    expected: {
      '4.17': panics(
        'Failed to allocate requested static memory for domain d1.',
        `Size of "memory" property doesn't match up with the sum-up of "xen,static-mem".`,
      ),
      '4.20': panics(
        'Failed to allocate requested static memory for domain d1.',
        `Size of "memory" property doesn't match up with the sum-up of "xen,static-mem".`,
      ),
    },
  },
  {
    mistake: 'a domain with static memory',
    spec: single,
    expected: {
      '4.17': boots('says so', answers, 'd1: STATIC BANK[0] 0x00000068000000-0x0000006a000000'),
      '4.20': boots('says so', answers, 'd1: STATIC BANK[0] 0x00000068000000-0x0000006a000000'),
    },
  },
  {
    mistake: 'a direct-mapped domain without static memory',
    spec: { domains: { alone: { probe: 'memory' } } },
    tampering: inNode('/chosen/alone', having('direct-map', true)),
    expected: {
      '4.17': panics('direct-map is not valid for domain alone without static allocation.'),
      '4.20': panics('direct-map is not valid for domain alone without static allocation.'),
    },
  },
  {
    mistake: 'one static memory for two domains',
    spec: {
      domains: {
        first: { probe: 'memory', staticMemory: bank },
        second: { probe: 'memory', staticMemory: bank },
      },
    },
    expected: {
      '4.17': early(bugs('common/page_alloc.c', 'unprepare_staticmem_pages')),
      '4.20': refusedEarly(-22, "fdt: node `second': parsing failed", 'overlapping with bank[0]'),
    },
  },
  {
    mistake: 'static memory without CONFIG_STATIC_MEMORY',
    spec: single,
    expected: {
      '4.17': { ...refused('alone', 'Device tree generation failed (-2).'), build: 'stock' },
      '4.20': { ...silent, build: 'stock' },
    },
  },
];
