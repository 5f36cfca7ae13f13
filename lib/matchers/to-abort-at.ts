// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Domain } from '../probe/domain.ts';
import { hex } from '../support/units.ts';
import { type Access, accessMessage } from './access.ts';

/** ESR_EL1.EC of a data abort taken without a change of exception level (Arm ARM D24.2.40). */
const dataAbort = 0x25;

/**
 * An 8-byte access of the domain at the guest address takes a data abort whose FAR is that
 * address. The fault status is not judged: Xen injects its own aborts with ISS 0.
 */
export async function toAbortAt(
  this: ExpectMatcherState,
  domain: Domain,
  address: bigint,
  { by = 'load' }: Access = {},
): Promise<MatcherReturnType> {
  const abort = await domain.at(address).probe(0, by);
  const pass = abort?.ec === dataAbort && abort.far === address;
  const verdict =
    abort === undefined
      ? `the ${by} went through`
      : pass
        ? `the ${by} took a data abort there`
        : `the ${by} took another abort`;
  const call = `${this.isNot ? '.not' : ''}.toAbortAt(${hex(address)})`;
  return {
    name: 'toAbortAt',
    pass,
    message: () => accessMessage(domain, call, verdict, address, abort),
  };
}
