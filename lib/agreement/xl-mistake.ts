// SPDX-License-Identifier: Apache-2.0
import type { RuleName } from '../lint/rules.ts';
import type { XlIomem, XlStaticShm } from '../xen/xl-config.ts';
import { iomemText, staticShmText } from '../xen/xl-config.ts';
import type { Choice } from './mistake.ts';
import type { XlGuest } from './xl-system.ts';

/** An edit of a system of xl; undefined where the system has no place for it. */
export type XlEdit = (guests: readonly XlGuest[], choice: Choice) => readonly XlGuest[] | undefined;

/** A way to go wrong in xl's files. */
export interface XlMistake {
  readonly mistake: string;
  /** What finds it; undefined where it looks wrong, and is right. */
  readonly rule: RuleName | undefined;
  /** What may be found besides, since it follows from the mistake. */
  readonly besides?: readonly RuleName[];
  readonly apply: XlEdit;
  /**
   * Whether what is tried is what the files shared before: where the mistake keeps a reader from
   * seeing what was meant.
   */
  readonly meant?: 'before';
}

const picked = <T>(list: readonly T[], { pick }: Choice): T | undefined =>
  list[pick % Math.max(list.length, 1)];

/** Changes one domain that `wanted` takes. */
export const inGuest =
  (
    change: (guest: XlGuest, choice: Choice) => XlGuest,
    wanted: (guest: XlGuest) => boolean = () => true,
  ): XlEdit =>
  (guests, choice) => {
    const one = picked(guests.filter(wanted), choice);
    return one && guests.map((guest) => (guest === one ? change(one, choice) : guest));
  };

/** Changes one of all entries that `wanted` takes, in its domain. */
function inEntry<T>(
  key: 'staticShm' | 'iomem',
  isTyped: (entry: unknown) => entry is T,
  wanted: (entry: T, guest: XlGuest) => boolean,
  change: (entry: T, choice: Choice, guest: XlGuest) => T | string,
): XlEdit {
  return (guests, choice) => {
    const uses = guests.flatMap((guest) =>
      (guest[key] ?? []).flatMap((entry) =>
        isTyped(entry) && wanted(entry, guest) ? [{ guest, entry }] : [],
      ),
    );
    const use = picked(uses, choice);
    return (
      use &&
      guests.map((guest) =>
        guest === use.guest
          ? {
              ...guest,
              [key]: (guest[key] ?? []).map((entry) =>
                entry === use.entry ? change(use.entry, choice, guest) : entry,
              ),
            }
          : guest,
      )
    );
  };
}

const isShm = (entry: unknown): entry is XlStaticShm => typeof entry === 'object';
const isWindow = (entry: unknown): entry is XlIomem => typeof entry === 'object';

/** One entry of `static_shm`. */
export const inShm = (
  change: (shm: XlStaticShm, choice: Choice, guest: XlGuest) => XlStaticShm | string,
  wanted: (shm: XlStaticShm, guest: XlGuest) => boolean = () => true,
): XlEdit => inEntry('staticShm', isShm, wanted, change);

export const isOwner = ({ role }: XlStaticShm): boolean => role === 'owner';
export const isBorrower = ({ role }: XlStaticShm): boolean => role === 'borrower';

/** One entry of `static_shm` as another text. */
export const asText =
  (change: (text: string, choice: Choice) => string) =>
  (shm: XlStaticShm, choice: Choice): string =>
    change(staticShmText(shm), choice);

/** One entry of `iomem`. */
export const inWindow = (
  change: (window: XlIomem, choice: Choice, guest: XlGuest) => XlIomem | string,
  wanted: (window: XlIomem, guest: XlGuest) => boolean = () => true,
): XlEdit => inEntry('iomem', isWindow, wanted, change);

/** One entry of `iomem` as another text. */
export const asWindowText =
  (change: (text: string, choice: Choice) => string) =>
  (window: XlIomem, choice: Choice): string =>
    change(iomemText(window), choice);
