// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  type BootVerdict,
  describeExpected,
  judgeBoot,
  outcomeFaults,
} from '../../../lib/xen/boot-outcome.ts';

const stars = '(XEN) ****************************************';

/** Consoles as Xen 4.17.5 and 4.20.3 wrote them, cut to what matters. */
const recorded: readonly (readonly [string, readonly string[], BootVerdict])[] = [
  [
    'a panic before the console, by early printk',
    [
      '- UART enabled -',
      "(XEN) fdt: node `shm@50000000': parsing failed",
      '(XEN) ',
      stars,
      '(XEN) Panic on CPU 0:',
      '(XEN) Early FDT parsing failed (-22)',
      stars,
      '(XEN) ',
      '(XEN) Reboot in five seconds...',
    ],
    { kind: 'panic', text: 'Early FDT parsing failed (-22)' },
  ],
  [
    'a panic whose text runs into the line of stars',
    [
      '(XEN) Panic on CPU 0:',
      `(XEN) Failed to allocate requested static memory for domain d1.${'*'.repeat(40)}`,
      '(XEN) ',
      '(XEN) Reboot in five seconds...',
    ],
    {
      kind: 'panic',
      text: `Failed to allocate requested static memory for domain d1.${'*'.repeat(40)}`,
    },
  ],
  [
    'a panic behind a line without its end',
    [
      '(XEN) d1: invalid "xen,shm-id" property(XEN) ',
      stars,
      '(XEN) Panic on CPU 0:',
      '(XEN) Could not set up domain owner',
    ],
    { kind: 'panic', text: 'Could not set up domain owner' },
  ],
  [
    'a BUG, which is repeated as a panic',
    [
      '(XEN) Xen BUG at common/page_alloc.c:1423',
      '(XEN) ----[ Xen-4.17.5  arm64  debug=y  Not tainted ]----',
      stars,
      '(XEN) Panic on CPU 0:',
      '(XEN) Xen BUG at common/page_alloc.c:1423',
    ],
    { kind: 'bug', text: 'Xen BUG at common/page_alloc.c:1423' },
  ],
  [
    'an assertion',
    [
      "(XEN) Assertion 'nr_mfns' failed at common/page_alloc.c:2821",
      stars,
      '(XEN) Panic on CPU 0:',
      "(XEN) Assertion 'nr_mfns' failed at common/page_alloc.c:2821",
    ],
    { kind: 'assertion', text: "Assertion 'nr_mfns' failed at common/page_alloc.c:2821" },
  ],
  [
    'a data abort of Xen itself',
    [
      '(XEN) Data Abort Trap. Syndrome=0x6',
      '(XEN) Walking Hypervisor VA 0x801c00010 on CPU0 via TTBR 0x000000004034b000',
      '(XEN) CPU0: Unexpected Trap: Data Abort',
    ],
    { kind: 'data-abort', text: 'CPU0: Unexpected Trap: Data Abort' },
  ],
  [
    'another trap of Xen itself',
    ['(XEN) CPU1: Unexpected Trap: Undefined Instruction'],
    { kind: 'trap', text: 'CPU1: Unexpected Trap: Undefined Instruction' },
  ],
  [
    'a Xen that lives, and answers its debug key',
    ['(XEN) Freed 424kB init memory.', "(XEN) 'q' pressed -> dumping domain info (now = 24975)"],
    { kind: 'domain-down', text: '' },
  ],
  ['a Xen that answers nothing', ['(XEN) Bringing up CPU1'], { kind: 'hang', text: '' }],
];

for (const [what, lines, verdict] of recorded)
  test(`the verdict on ${what} is ${verdict.kind}`, () => {
    expect(judgeBoot({ lines, bytes: lines.join('\n').length, ended: false })).toEqual(verdict);
  });

test('a console without a byte is silent, also when the machine ended', () => {
  for (const ended of [false, true])
    expect(judgeBoot({ lines: [], bytes: 0, ended })).toEqual({ kind: 'silent', text: '' });
});

test('a boot loader’s words are none of Xen’s: a board is silent after them, unless it ended', () => {
  const mute = ['U-Boot 2025.01', 'Starting kernel ...', ''];
  const spoken = [...mute, '(XEN) Xen version 4.20.3'];
  const judge = (lines: string[], ended = false): string =>
    judgeBoot({ lines, bytes: lines.join('\n').length, ended }).kind;

  expect([judge(mute), judge(spoken), judge(mute, true)]).toEqual(['silent', 'hang', 'death']);
});

test('bytes that are no line yet are no silence', () => {
  expect(judgeBoot({ lines: [], bytes: 1, ended: false }).kind).toBe('hang');
});

test('a machine that ends without a death line is a death, not a hang', () => {
  const lines = ['(XEN) Brought up 2 CPUs'];
  expect(judgeBoot({ lines, bytes: 24, ended: true })).toEqual({
    kind: 'death',
    text: 'the machine ended without a word',
  });
});

const panic = {
  kind: 'panic',
  text: 'Could not set up domain owner (rc = -22)',
  console: ['(XEN) d1: failed to acquire static memory: -2.'],
} as const;

test('an outcome is held against its kind, its words and the lines before', () => {
  const says = ['failed to acquire', /static memory: -\d/];
  expect(outcomeFaults(panic, { kind: 'panic', text: 'domain owner', says })).toEqual([]);
  expect(outcomeFaults(panic, { kind: 'bug' })).toEqual([
    'it came out as panic: Could not set up domain owner (rc = -22)',
  ]);
  expect(outcomeFaults(panic, { kind: 'panic', text: /borrower/, says: ['overlap'] })).toEqual([
    'the words were "Could not set up domain owner (rc = -22)"',
    'no line says "overlap"',
  ]);
});

test('an expectation reads as a sentence', () => {
  expect(describeExpected({ kind: 'panic', text: 'Could not', says: [/mod\[\d\]/] })).toBe(
    'panic "Could not", after /mod\\[\\d\\]/',
  );
  expect(describeExpected({ kind: 'silent' })).toBe('silent');
});
