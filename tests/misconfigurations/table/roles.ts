// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, PAGE, type System, type SystemSpec } from '#crosspage';
import { all, having, inNode, memoryLast, ownKernel } from '../edits.ts';
import { boots, bugs, early, refused, refusedEarly, type Row } from '../row.ts';
import { guestAddress, hostAddress, pair, theyShare, borrowerHasNoArguments } from '../systems.ts';

const ownerAlone: SystemSpec = {
  sharedMemory: { area: { size: PAGE, hostAddress } },
  domains: { owner: { probe: 'memory', maps: { area: { role: 'owner', guestAddress } } } },
};

async function ownerHolds(system: System): Promise<void> {
  const area = system.domain('owner').page('area');
  await area.write(addressPattern(3));
  await expect(area).toHold(addressPattern(3));
}

const noRole = 'fdt: invalid `role` property for static shared memory node';
const { sharedMemory, domains } = pair();

/** Who is said to own a region. */
export const roles: readonly Row[] = [
  {
    mistake: 'a role that there is not',
    spec: pair(),
    tampering: inNode('/chosen/owner/shm', having('role', 'master')),
    expected: {
      '4.17': {
        ...boots('the next domain runs without its boot arguments', borrowerHasNoArguments, noRole),
        build: 'early',
        awaited: ['owner'],
      },
      '4.20': refusedEarly(-22, noRole),
    },
  },
  {
    mistake: 'a role that there is not, in a tree whose memory comes after /chosen,',
    spec: pair(),
    tampering: all(inNode('/chosen/owner/shm', having('role', 'master')), memoryLast),
    expected: {
      '4.17': early(bugs('common/page_alloc.c', noRole)),
      '4.20': refusedEarly(-22, noRole),
    },
  },
  {
    mistake: 'a role that there is not, before a domain with a kernel of its own,',
    spec: pair(),
    tampering: all(inNode('/chosen/owner/shm', having('role', 'master')), ownKernel('borrower')),
    expected: { '4.17': early(refused('borrower', noRole, 'Missing kernel boot module?')) },
  },
  {
    mistake: 'a region with borrowers and no owner',
    spec: pair({ owner: { role: 'borrower' } }),
    expected: {
      '4.17': boots('its pages belong to nobody and are shared all the same', theyShare),
      '4.20': boots('its pages belong to nobody and are shared all the same', theyShare),
    },
  },
  {
    mistake: 'a region with two owners',
    spec: pair({ borrower: { role: 'owner' } }),
    expected: {
      '4.17': refused('borrower', 'd2: failed to acquire static memory: -2.'),
      '4.20': refused('borrower (rc = -22)', 'd2: failed to acquire static memory: -2.'),
    },
  },
  {
    mistake: 'a region that is owned and not borrowed',
    spec: ownerAlone,
    expected: { '4.17': boots('works', ownerHolds), '4.20': boots('works', ownerHolds) },
  },
  {
    mistake: 'a borrower that is built before its owner',
    spec: {
      ...(sharedMemory && { sharedMemory }),
      domains: Object.fromEntries(Object.entries(domains).toReversed()),
    },
    expected: { '4.17': boots('shares', theyShare), '4.20': boots('shares', theyShare) },
  },
];
