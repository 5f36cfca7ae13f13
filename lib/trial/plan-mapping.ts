// SPDX-License-Identifier: Apache-2.0
import { guestAddressOf, hostAddressOf } from '../support/units.ts';
import type { PlannedMapping } from '../xen/plan.ts';
import { isDevice } from './ends.ts';
import { guestAddressHere, type Party } from './sharings.ts';

/** What a party of a sharing is to have mapped, once host addresses have been moved by `moved`. */
export function planMapping(id: string, party: Party, moved: bigint): PlannedMapping {
  const { hostAddress, size, role, offset, share } = party;
  const host = hostAddress === undefined ? undefined : hostAddressOf(hostAddress + moved);
  return {
    region: { name: id, id, size: Number(size), hostAddress: host },
    role,
    guestAddress: guestAddressOf(guestAddressHere(party, moved)),
    memory: isDevice(share) ? 'device-nGnRE' : 'normal-write-back',
    ...(offset !== undefined && { offset: Number(offset) }),
    share,
  };
}
