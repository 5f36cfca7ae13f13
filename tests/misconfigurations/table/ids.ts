// SPDX-License-Identifier: Apache-2.0
import { inNode, without } from '../edits.ts';
import { boots, bugs, early, refused, refusedEarly, type Row, silent } from '../row.ts';
import { pair, theyShare } from '../systems.ts';

/** Which `xen,shm-id` a region has: none, a wrong one, one that it shares with another. */
export const ids: readonly Row[] = [
  {
    mistake: 'a region without xen,shm-id',
    spec: pair(),
    tampering: inNode('/chosen/owner/shm', without('xen,shm-id')),
    expected: {
      '4.17': refused('owner', 'd1: invalid "xen,shm-id" property'),
      '4.20': refusedEarly(-2, "fdt: node `shm@50000000': parsing failed"),
    },
  },
  {
    mistake: 'an id of 16 characters',
    spec: pair({ region: { id: 'sixteen-letters-' } }),
    expected: {
      '4.17': early(bugs('arch/arm/domain_build.c', 'it must be limited to 16 characters')),
      '4.20': [
        refusedEarly(-22, 'it must be limited to 16 characters'),
        { ...silent, does: `without an early console ${silent.does}` },
      ],
    },
  },
  {
    mistake: 'an id of 15 characters',
    spec: pair({ region: { id: 'fifteen-letters' } }),
    expected: { '4.17': boots('is none', theyShare), '4.20': boots('is none', theyShare) },
  },
  {
    mistake: 'an empty id',
    spec: pair({ region: { id: '' } }),
    expected: {
      '4.17': bugs('arch/arm/domain_build.c'),
      '4.20': bugs('arch/arm/static-shmem.c'),
    },
  },
];
