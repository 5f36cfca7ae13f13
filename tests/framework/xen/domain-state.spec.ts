// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { readAccounts } from '../../../lib/xen/domain-state.ts';

/** As Xen 4.20 prints it; while it tells of one domain it takes the next key. */
const account = (domid: number, dying: number, paused: number, between: readonly string[] = []) => [
  `(XEN) General information for domain ${domid}:`,
  `(XEN)     refcnt=3 dying=${dying} pause_count=0`,
  '(XEN)     nr_pages=8192 xenheap_pages=2 dirty_cpus={} max_pages=8192',
  ...between,
  `(XEN) NODE affinity for domain ${domid}: [0]`,
  `(XEN) VCPU information and callbacks for domain ${domid}:`,
  '(XEN)   UNIT0 affinities: hard={0-1} soft={0-1}',
  '(XEN)     VCPU0: CPU1 [has=F] poll=0 upcall_pend=00 upcall_mask=01 ',
  `(XEN)     pause_count=${paused} pause_flags=0`,
  '(XEN)     VCPU1: CPU0 [has=F] poll=0 upcall_pend=00 upcall_mask=01 ',
  '(XEN)     pause_count=1 pause_flags=2',
];

test('Xen’s account tells which domains there are, and whether their first vCPU may run', () => {
  const lines = [
    "(XEN) 'q' pressed -> dumping domain info",
    ...account(0, 0, 0),
    ...account(1, 0, 1),
  ];

  expect(readAccounts(lines)).toEqual([
    { domid: 0, dying: false, paused: false },
    { domid: 1, dying: false, paused: true },
  ]);
});

test('an account that another key breaks into is read to its end', () => {
  const registers = [
    "(XEN) 'd' pressed -> dumping registers",
    '(XEN) *** Dumping CPU0 host state: ***',
    '(XEN) PC:     00000a000024b2cc console.c#vprintk_common+0x138/0x184',
  ];

  expect(readAccounts(account(2, 0, 1, registers))).toEqual([
    { domid: 2, dying: false, paused: true },
  ]);
});

test('the last account of a domain counts', () => {
  expect(readAccounts([...account(1, 0, 0), ...account(1, 2, 1)])).toEqual([
    { domid: 1, dying: true, paused: true },
  ]);
  expect(readAccounts(['(XEN) Freed 384kB init memory.'])).toEqual([]);
});
