// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  findBanner,
  findDeath,
  findFocus,
  parseConsoleLine,
} from '../../../lib/xen/console-lines.ts';

const lines = [
  ['(XEN) DOM2: hello', { from: 'domain', domid: 2, text: 'hello' }],
  ['(XEN) [    1.234567] DOM13: hello', { from: 'domain', domid: 13, text: 'hello' }],
  ['(XEN) (d1) hello', { from: 'domain', domid: 1, text: 'hello' }],
  ['(d4) hello', { from: 'domain', domid: 4, text: 'hello' }],
  ['(XEN) [2026-11-24 10:00:00.123] DOM1: ', { from: 'domain', domid: 1, text: '' }],
  ['(XEN)    0000ffff 0000fffe(XEN) DOM1: hello', { from: 'domain', domid: 1, text: 'hello' }],
  [' 000080000039fd00(XEN) DOM1: hello', { from: 'domain', domid: 1, text: 'hello' }],
  [' 000080000039fd00(XEN) (d1) hello', { from: 'domain', domid: 1, text: 'hello' }],
  [
    '(d1) he said (XEN) DOM2: hello',
    { from: 'domain', domid: 1, text: 'he said (XEN) DOM2: hello' },
  ],
  [
    '(XEN) DOM1: he said (XEN) DOM2: hello',
    { from: 'domain', domid: 1, text: 'he said (XEN) DOM2: hello' },
  ],
  ['(XEN) Brought up 2 CPUs', { from: 'xen', text: 'Brought up 2 CPUs' }],
  ['hello', { from: 'unknown', text: 'hello' }],
] as const;

for (const [line, expected] of lines)
  test(`"${line}" comes from ${expected.from}`, () => {
    expect(parseConsoleLine(line)).toEqual(expected);
  });

const deaths = [
  ['(XEN) Panic on CPU 0:', 'xen-panic', true],
  ['(XEN) Xen BUG at arch/arm/static-shmem.c:320', 'xen-bug', true],
  ["(XEN) Assertion 'nr_mfns' failed at common/page_alloc.c:2821", 'xen-assertion', true],
  ['(XEN) CPU0: Unexpected Trap: Data Abort', 'xen-trap', true],
  ['(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.', 'dom0-shutdown', true],
  ['(XEN) Domain 1 (vcpu#0) crashed on cpu#1:', 'domain-crash', false],
  ['[    1.0] Kernel panic - not syncing: VFS', 'linux-panic', false],
] as const;

for (const [line, kind, fatal] of deaths)
  test(`"${line}" is a death: ${kind}`, () => {
    expect(findDeath(line)).toMatchObject({ kind, fatal });
  });

test('a line that lacks its start or end still shows a death', () => {
  expect(findDeath('static shared memory bank not found: (XEN) Panic on CPU 1:')?.kind).toBe(
    'xen-panic',
  );
});

test('ordinary lines are no deaths', () => {
  for (const line of ['(XEN) Brought up 2 CPUs', '(XEN) DOM1: @xp x', '(XEN) *** Building a domU'])
    expect(findDeath(line)).toBeUndefined();
});

test('the banner tells the version, also one with a suffix', () => {
  expect(findBanner('(XEN) Xen version 4.17.5 (user@host) (aarch64-linux-gnu-gcc)')).toEqual({
    version: '4.17.5',
    major: 4,
    minor: 17,
    build: '(user@host) (aarch64-linux-gnu-gcc)',
  });
  expect(findBanner(' Xen version 4.23-unstable (x)')?.version).toBe('4.23-unstable');
  expect(findBanner('(XEN) Latest ChangeSet:')).toBeUndefined();
});

test('the focus of serial input is told by domid', () => {
  expect(findFocus("(XEN) *** Serial input to DOM1 (type 'CTRL-a' three times)")).toBe(1);
  expect(findFocus("(XEN) *** Serial input to Xen (type 'CTRL-a' three times)")).toBe('xen');
  expect(findFocus('(XEN) DOM1: x')).toBeUndefined();
});
