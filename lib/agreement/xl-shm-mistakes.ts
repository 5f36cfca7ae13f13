// SPDX-License-Identifier: Apache-2.0
import { PAGE } from '../support/units.ts';
import { inGuest, inShm, isBorrower, isOwner, type XlMistake } from './xl-mistake.ts';

/** A number of bytes that is no multiple of a page. */
const off = ({ number }: { number: number }): number => 1 + (number % (PAGE - 1));
const end = (memory: number): bigint => 0x4000_0000n + BigInt(memory);

const devices = [
  0x0200_0000n,
  0x0300_1000n,
  0x0302_0000n,
  0x2200_0000n,
  0x3800_0000n,
  0x3900_0000n,
];
/** PCI’s configuration space, ACPI’s tables, PCI’s memory: xen/include/public/arch-arm.h. */
const windows = [0x1000_0000n, 0x2000_0000n, 0x2300_0000n];

/** Mistakes in where and how much. */
const places: readonly XlMistake[] = [
  {
    mistake: 'a begin off the page',
    rule: 'xl-shm-range',
    besides: ['guest-overlap'],
    apply: inShm((shm, choice) => ({ ...shm, begin: shm.begin + BigInt(off(choice)) })),
  },
  {
    mistake: 'a size off the page',
    rule: 'xl-shm-range',
    besides: ['guest-overlap'],
    apply: inShm((shm, choice) => ({ ...shm, size: shm.size + off(choice) })),
  },
  {
    mistake: 'a size of 0',
    rule: 'xl-shm-range',
    apply: inShm((shm) => ({ ...shm, size: 0 })),
  },
  {
    mistake: 'an offset off the page',
    rule: 'xl-shm-range',
    apply: inShm((shm, choice) => ({ ...shm, offset: off(choice) }), isBorrower),
  },
  {
    mistake: 'a part behind the owner’s region',
    rule: 'xl-shm-range',
    apply: inShm(
      (shm, { number }) => ({ ...shm, offset: (32 + (number % 64)) * PAGE }),
      isBorrower,
    ),
  },
  {
    mistake: 'a part that ends behind the owner’s region',
    rule: 'xl-shm-range',
    apply: inShm(
      (shm, { number }) => ({ ...shm, size: shm.size + (32 + (number % 16)) * PAGE }),
      isBorrower,
    ),
  },
  {
    mistake: 'an owner’s region behind its RAM',
    rule: 'xl-shm-range',
    apply: inShm(
      (shm, { number }, { memory }) => ({
        ...shm,
        begin: end(memory) + BigInt((number % 256) * PAGE),
      }),
      isOwner,
    ),
  },
  {
    mistake: 'an owner’s region that ends behind its RAM',
    rule: 'xl-shm-range',
    besides: ['guest-modules'],
    apply: inShm(
      (shm, _choice, { memory }) => ({
        ...shm,
        size: 2 * PAGE,
        begin: end(memory) - BigInt(PAGE),
      }),
      isOwner,
    ),
  },
  {
    mistake: 'a region that ends behind 64 bits',
    rule: 'xl-shm-range',
    besides: ['guest-beyond'],
    apply: inShm((shm) => ({ ...shm, size: 2 * PAGE, begin: (1n << 64n) - BigInt(PAGE) })),
  },
  {
    mistake: 'a borrower beyond 40 bits',
    rule: 'xl-shm-range',
    besides: ['guest-beyond'],
    apply: inShm(
      (shm, { number }) => ({ ...shm, begin: (1n << 40n) + BigInt(number * PAGE) }),
      isBorrower,
    ),
  },
  {
    mistake: 'a borrower over its RAM',
    rule: 'guest-overlap',
    apply: inShm(
      (shm, { number }, { memory }) => ({
        ...shm,
        begin: 0x4000_0000n + BigInt((number * PAGE) % memory),
      }),
      isBorrower,
    ),
  },
  {
    mistake: 'a borrower over a device',
    rule: 'guest-overlap',
    apply: inShm(
      (shm, { number }) => ({ ...shm, begin: devices[number % devices.length] ?? 0n }),
      isBorrower,
    ),
  },
  {
    mistake: 'a borrower where libxl keeps PCI and ACPI',
    rule: 'guest-overlap',
    apply: inShm(
      (shm, { number }) => ({
        ...shm,
        begin: (windows[number % windows.length] ?? 0n) + BigInt((number % 16) * PAGE),
      }),
      isBorrower,
    ),
  },
  {
    mistake: 'an owner’s region over its device tree',
    rule: 'guest-modules',
    besides: ['xl-shm-range', 'guest-overlap'],
    apply: inShm(
      (shm, _choice, { memory }) => ({
        ...shm,
        size: PAGE,
        begin: memory > 0x800_0000 ? 0x4800_0000n : end(memory) - BigInt(PAGE),
      }),
      isOwner,
    ),
  },
  {
    mistake: 'an owner’s region over its kernel’s first page',
    rule: 'image-page',
    apply: inShm((shm) => ({ ...shm, begin: 0x4000_0000n }), isOwner),
  },
  {
    mistake: 'two regions at one guest address',
    rule: 'guest-overlap',
    apply: inGuest(
      (guest) => {
        const [first] = (guest.staticShm ?? []).flatMap((one) =>
          typeof one === 'string' ? [] : [one],
        );
        const staticShm = (guest.staticShm ?? []).map((one) =>
          typeof one === 'string' || first === undefined ? one : { ...one, begin: first.begin },
        );
        return { ...guest, staticShm };
      },
      ({ staticShm = [] }) =>
        staticShm.length > 1 &&
        staticShm.every((one) => typeof one !== 'string' && one.role === 'borrower'),
    ),
  },
];

/** Mistakes in who has it. */
const roles: readonly XlMistake[] = [
  {
    mistake: 'a second owner of an id',
    rule: 'xl-shm-owner',
    besides: ['xl-shm-range'],
    apply: inShm(({ id, size }) => ({ id, size, begin: 0x4080_0000n, role: 'owner' }), isBorrower),
  },
  {
    mistake: 'an id without an owner',
    rule: 'xl-shm-owner',
    besides: ['guest-overlap'],
    apply: inShm(({ id, size }) => ({ id, size, begin: 0x5f00_0000n, role: 'borrower' }), isOwner),
  },
  {
    mistake: 'an id that the owner has not',
    rule: 'xl-shm-owner',
    apply: inShm((shm) => ({ ...shm, id: `${shm.id}x` }), isBorrower),
  },
  {
    mistake: 'two domains that borrow of each other',
    rule: 'xl-shm-owner',
    apply: (guests) => {
      const [owner, other] = guests.filter(({ staticShm = [] }) => staticShm.length === 0);
      if (owner === undefined || other === undefined) return undefined;
      const part = { size: PAGE, begin: 0x5f00_0000n, role: 'borrower' } as const;
      const whole = { size: PAGE, begin: 0x4080_0000n, role: 'owner' } as const;
      const [to, fro] = ['to', 'fro'];
      return guests.map((guest) => {
        if (guest !== owner && guest !== other) return guest;
        const [owned, lent] = guest === owner ? [to, fro] : [fro, to];
        return {
          ...guest,
          staticShm: [
            { id: owned, ...whole },
            { id: lent, ...part },
          ],
        };
      });
    },
  },
  {
    mistake: 'an id twice in one domain',
    rule: 'xl-shm-owner',
    besides: ['xl-shm-range'],
    apply: inGuest(
      (guest) => {
        const [first] = (guest.staticShm ?? []).flatMap((one) =>
          typeof one === 'object' && one.role === 'borrower' ? [one] : [],
        );
        return first === undefined
          ? guest
          : {
              ...guest,
              staticShm: [...(guest.staticShm ?? []), { ...first, begin: 0x5f00_0000n }],
            };
      },
      ({ staticShm = [] }) =>
        staticShm.some((one) => typeof one === 'object' && one.role === 'borrower'),
    ),
  },
  {
    mistake: 'an offset of an owner',
    rule: 'xl-shm-role',
    apply: inShm((shm) => ({ ...shm, offset: 0 }), isOwner),
  },
  {
    mistake: 'a cache policy of a borrower',
    rule: 'xl-shm-role',
    apply: inShm((shm) => ({ ...shm, cachePolicy: 'ARM_normal' }), isBorrower),
  },
  {
    mistake: 'a borrower that does not say so',
    rule: 'xl-shm-role',
    apply: inShm(
      ({ id, begin, size, offset }) => ({
        id,
        begin,
        size,
        ...(offset !== undefined && { offset }),
      }),
      isBorrower,
    ),
  },
];

/** Mistakes in what `static_shm` says. */
export const shmMistakes: readonly XlMistake[] = [...places, ...roles];
