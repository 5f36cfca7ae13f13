// SPDX-License-Identifier: Apache-2.0
import type { ImportedShm, XlDomain } from '../import/xl-domain.ts';
import type { Finding } from './finding.ts';

/** An entry of static_shm with the domain whose it is. */
export interface Use {
  readonly domain: XlDomain;
  readonly shm: ImportedShm;
}

/** What comes of most that is wrong. */
export const refused = 'xl creates no domain';

/** Of an entry, where it is written. */
export function error(
  { where }: ImportedShm,
  rule: Finding['rule'],
  message: string,
  fix: string,
  consequence = refused,
): Finding {
  return { rule, severity: 'error', where, message, consequence, fix };
}

/** Who owns a region, in the words of the old manual too: what is wrong with the word is told for itself. */
export const isOwner = ({ role }: ImportedShm): boolean => role === 'owner' || role === 'master';
