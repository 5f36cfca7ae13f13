// SPDX-License-Identifier: Apache-2.0
import { hex, PAGE } from '../support/units.ts';
import type { XlIomem } from '../xen/xl-config.ts';
import { asWindowText, inGuest, inWindow, type XlMistake } from './xl-mistake.ts';
import { kept, sharable, type XlGuest } from './xl-system.ts';

const page = BigInt(PAGE);
const frame = (address: bigint): string => hex(address / page);
const windowsOf = ({ iomem = [] }: XlGuest): XlIomem[] =>
  iomem.flatMap((one) => (typeof one === 'string' ? [] : [one]));
const hasGuest = ({ guestAddress }: XlIomem): boolean => guestAddress !== undefined;

const devices = [0x0300_1000n, 0x0302_0000n, 0x2200_0000n, 0x3800_0000n, 0x3900_0000n];

/** Mistakes in where. */
const places: readonly XlMistake[] = [
  {
    mistake: 'a window of RAM that is not reserved',
    rule: 'iomem-ram',
    apply: inWindow((window, { number }) => ({
      ...window,
      hostAddress: 0x6000_0000n + BigInt(number) * page,
    })),
  },
  {
    mistake: 'a window that reaches beyond what is reserved',
    rule: 'iomem-ram',
    besides: ['attributes-differ', 'guest-overlap'],
    apply: inWindow((window) => ({
      ...window,
      size: 2 * PAGE,
      hostAddress: sharable.start + BigInt(sharable.size) - page,
    })),
  },
  {
    mistake: 'a window of memory that is reserved for something else',
    rule: 'iomem-reserved',
    besides: ['attributes-differ'],
    apply: inWindow((window, { number }) => ({
      ...window,
      hostAddress: kept.start + BigInt(number % 128) * page,
    })),
  },
  {
    mistake: 'a window at a host address in bytes',
    rule: 'iomem-bytes',
    apply: inWindow(
      (window) => `${hex(window.hostAddress)},1@${frame(window.guestAddress ?? 0n)}`,
      hasGuest,
    ),
  },
  {
    mistake: 'a window over the RAM',
    rule: 'guest-overlap',
    apply: inWindow((window, { number }, { memory }) => ({
      ...window,
      guestAddress: 0x4000_0000n + BigInt((number * PAGE) % memory),
    })),
  },
  {
    mistake: 'a window over a device',
    rule: 'guest-overlap',
    apply: inWindow((window, { number }) => ({
      ...window,
      guestAddress: devices[number % devices.length] ?? 0n,
    })),
  },
  {
    mistake: 'a window beyond 40 bits of guest addresses',
    rule: 'guest-beyond',
    apply: inWindow((window, { number }) => ({
      ...window,
      guestAddress: (1n << 40n) + BigInt(number) * page,
    })),
  },
  {
    mistake: 'two windows at one guest address',
    rule: 'guest-overlap',
    apply: inGuest(
      (guest) => {
        const [first] = windowsOf(guest);
        const guestAddress = first?.guestAddress ?? first?.hostAddress ?? 0n;
        return { ...guest, iomem: windowsOf(guest).map((one) => ({ ...one, guestAddress })) };
      },
      (guest) => windowsOf(guest).length > 1,
    ),
  },
  {
    mistake: 'a window where static_shm is',
    rule: 'guest-overlap',
    apply: inGuest(
      (guest) => {
        const [shm] = guest.staticShm ?? [];
        const guestAddress = typeof shm === 'object' ? shm.begin : 0n;
        return { ...guest, iomem: windowsOf(guest).map((one) => ({ ...one, guestAddress })) };
      },
      (guest) => {
        const [shm] = guest.staticShm ?? [];
        const [window, ...others] = windowsOf(guest);
        const borrows = typeof shm === 'object' && shm.role === 'borrower';
        return borrows && window !== undefined && others.length === 0;
      },
    ),
  },
  {
    mistake: 'a window as memory here and as devmem there',
    rule: 'attributes-differ',
    apply: inWindow(
      (window) => ({ ...window, as: window.as === 'memory' ? 'devmem' : 'memory' }),
      ({ as }) => as !== undefined,
    ),
  },
];

/** An entry of another form; what was meant is what it was before. */
const form = (
  mistake: string,
  rule: XlMistake['rule'],
  change: (text: string) => string,
  wanted?: typeof hasGuest,
): XlMistake => ({
  ...{ mistake, rule, meant: 'before' },
  ...(rule === 'xl-value' && { besides: ['attributes-differ'] }),
  apply: inWindow(asWindowText(change), wanted),
});

const forms: readonly XlMistake[] = [
  form('a window without a number of pages', 'iomem-form', (text) => text.replace(/,.*/, '')),
  form('a window of no pages', 'iomem-empty', (text) => text.replace(/,0x[0-9a-f]+/, ',0')),
  form('an attribute that there is not', 'iomem-attribute', (text) =>
    text.replace(/,[a-z]+$/, ',ram'),
  ),
  form('an attribute without a guest frame', undefined, (text) => text.replace(/@0x[0-9a-f]+/, '')),
  form(
    'a window with more behind it',
    'iomem-form',
    (text) => `${text.replace(/,[a-z]+$/, '')}:rw`,
  ),
  form('a window of words', 'iomem-form', () => 'sharable,1'),
  form(
    'blanks in a window',
    undefined,
    (text) => text.replace(',', ', ').replace('@', '@ '),
    hasGuest,
  ),
  form('a window without 0x', undefined, (text) => text.replaceAll('0x', '')),
  form('an attribute in capital letters', undefined, (text) =>
    text.replace(/[a-z]+$/, (word) => word.toUpperCase()),
  ),
];

/** Mistakes in `iomem`. */
export const iomemMistakes: readonly XlMistake[] = [...places, ...forms];
