// SPDX-License-Identifier: Apache-2.0
import type { XlDomain } from '../import/xl-domain.ts';
import { hex } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { nameOf } from './xl-domains.ts';
import { error, isOwner, refused, type Use } from './xl-shm-finding.ts';

/** All entries of one id. */
export function checkId(id: string, uses: readonly Use[]): Finding[] {
  const owners = uses.filter(({ shm }) => isOwner(shm));
  const borrowers = uses.filter(({ shm }) => !isOwner(shm));
  const [owner, second] = owners;
  const [first] = borrowers;
  if (owner === undefined && first !== undefined)
    return [
      error(
        first.shm,
        'xl-shm-owner',
        `${id} is borrowed by ${nameOf(first.domain)} and nobody owns it`,
        'make one domain the owner',
        'xl has nothing to map; some versions of it crash',
      ),
    ];
  if (second !== undefined && owner !== undefined)
    return [
      {
        ...error(
          second.shm,
          'xl-shm-owner',
          `${id} has two owners: ${nameOf(owner.domain)} and ${nameOf(second.domain)}`,
          'leave one owner',
          'the second is refused, or takes the first one’s place in silence',
        ),
        related: [owner.shm.where],
      },
    ];
  const size = owner?.shm.size;
  if (owner === undefined || size === undefined) return [];
  return borrowers.flatMap(({ shm }) => {
    const end = (shm.offset ?? 0n) + (shm.size ?? 0n);
    if (end <= size) return [];
    return [
      {
        ...error(
          shm,
          'xl-shm-range',
          `${id} is borrowed up to ${hex(end)} and the owner's region ends at ${hex(size)}`,
          'borrow less, or own more',
          `${refused}: "exceeds owner's address space."`,
        ),
        related: [owner.shm.where],
      },
    ];
  });
}

/** Entries of one domain with one id. */
export function checkTwice(domain: XlDomain): Finding[] {
  return domain.staticShm.flatMap((shm, index) => {
    const before = domain.staticShm
      .slice(0, index)
      .find(({ id }) => id !== undefined && id === shm.id);
    if (before === undefined) return [];
    return [
      {
        ...error(
          shm,
          'xl-shm-owner',
          `${nameOf(domain)} has the id ${shm.id ?? ''} twice`,
          'give the second region an id of its own',
        ),
        related: [before.where],
      },
    ];
  });
}

/** Domains that own what others wait for, and wait for those: xl creates none of them first. */
export function checkOrder(domains: readonly XlDomain[]): Finding[] {
  const ids = ({ staticShm }: XlDomain, owned: boolean): string[] =>
    staticShm.flatMap((shm) => (shm.id !== undefined && isOwner(shm) === owned ? [shm.id] : []));
  let left = domains;
  for (;;) {
    const waiting = left.filter((domain) =>
      ids(domain, false).some((id) =>
        left.some((other) => other !== domain && ids(other, true).includes(id)),
      ),
    );
    if (waiting.length === left.length) break;
    left = waiting;
  }
  const [first] = left;
  const all = new Set(left.flatMap((domain) => ids(domain, true)));
  const shm = first?.staticShm.find((one) => !isOwner(one) && all.has(one.id ?? ''));
  const owner = left.find((domain) => ids(domain, true).includes(shm?.id ?? ''));
  if (first === undefined || shm === undefined || owner === undefined) return [];
  return [
    error(
      shm,
      'xl-shm-owner',
      `${nameOf(first)} borrows ${shm.id ?? ''} of ${nameOf(owner)}, which borrows of it, or of one that does`,
      'let one domain own all that both share',
      'an owner is created before who borrows of it: xl creates neither first',
    ),
  ];
}
