// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Domain } from '../probe/domain.ts';
import { hex } from '../support/units.ts';
import { type Access, accessMessage } from './access.ts';

/** An 8-byte access of the domain at the guest address goes through. */
export async function toReach(
  this: ExpectMatcherState,
  domain: Domain,
  address: bigint,
  { by = 'load' }: Access = {},
): Promise<MatcherReturnType> {
  const abort = await domain.at(address).probe(0, by);
  const verdict = abort === undefined ? `the ${by} went through` : `the ${by} took an abort`;
  const call = `${this.isNot ? '.not' : ''}.toReach(${hex(address)})`;
  return {
    name: 'toReach',
    pass: abort === undefined,
    message: () => accessMessage(domain, call, verdict, address, abort),
  };
}
