// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, KiB, type System, type SystemSpec } from '#crosspage';
import { childless, having, inNode, ownKernel, without } from '../edits.ts';
import { boots, panics, refused, type Row, silent } from '../row.ts';
import { borrowerHasNoArguments, guestAddress, pair, theyShare } from '../systems.ts';

const single: SystemSpec = { domains: { alone: { probe: 'memory' } } };

async function answers(system: System): Promise<void> {
  await system.domain('alone').ping();
}

async function borrowerSeesNothing(system: System): Promise<void> {
  await system.domain('owner').page('area').write(addressPattern(1));
  await expect(system.domain('borrower')).toAbortAt(guestAddress);
}

/** `mov x0, #42; ret`, at the start of the page. */
const code = 0xd65f_03c0_d280_0540n;

async function ownerRunsItBorrowerHangs(system: System): Promise<void> {
  await theyShare(system);
  const owner = system.domain('owner');
  const borrower = system.domain('borrower');
  await owner.page('area').store(0, code);
  const fields = await owner.client.run(`exec 0x${guestAddress.toString(16)}`);
  expect(fields.number('result')).toBe(42);
  const hung = borrower.client.request(`exec 0x${guestAddress.toString(16)}`, { budgetMs: 300 });
  await expect(hung).rejects.toThrow(/did not answer/);
}

/** The nodes of the domains. */
export const domainNodes: readonly Row[] = [
  {
    mistake: 'a misspelt compatible of a region',
    spec: pair(),
    tampering: inNode('/chosen/borrower/shm', having('compatible', 'xen,domain-shared-memory-v2')),
    expected: {
      '4.17': boots('the borrower has nothing at its address', borrowerSeesNothing),
      '4.20': boots('the borrower has nothing at its address', borrowerSeesNothing),
    },
  },
  {
    mistake: 'a domain without cpus',
    spec: single,
    tampering: inNode('/chosen/alone', without('cpus')),
    expected: {
      '4.17': panics("Missing property 'cpus' for domain alone"),
      '4.20': panics("Missing property 'cpus' for domain alone"),
    },
  },
  {
    mistake: 'a domain without memory',
    spec: single,
    tampering: inNode('/chosen/alone', without('memory')),
    expected: {
      '4.17': refused('alone', 'Error building DomU: cannot read "memory" property'),
      '4.20': refused('alone', 'Error building DomU: cannot read "memory" property'),
    },
  },
  {
    mistake: 'a domain without a kernel',
    spec: single,
    tampering: inNode('/chosen/alone', childless('module')),
    expected: {
      '4.17': panics('Could not set up DOM0 guest OS', 'Missing kernel boot module?'),
      '4.20': panics('Could not set up DOM0 guest OS (rc = -2)', 'Missing kernel boot module?'),
    },
  },
  {
    mistake: 'a domain with too little memory for its kernel',
    spec: { domains: { alone: { probe: 'memory', memory: KiB(64) } } },
    expected: {
      '4.17': panics('Not enough memory in the first bank for the kernel+dtb+initrd'),
      '4.20': panics('Not enough memory in the first bank for the kernel+dtb+initrd'),
    },
  },
  {
    mistake: 'an enhanced domain without dom0',
    spec: single,
    tampering: inNode('/chosen/alone', having('xen,enhanced', true)),
    expected: {
      '4.17': panics('At the moment, Xenstore support requires dom0 to be present'),
      '4.20': panics('At the moment, Xenstore support requires dom0 to be present'),
    },
  },
  {
    mistake: 'a region without CONFIG_STATIC_SHM',
    spec: pair(),
    expected: {
      '4.17': {
        ...boots('the next domain runs without its boot arguments', borrowerHasNoArguments),
        build: 'stock',
        awaited: ['owner'],
      },
      '4.20': { ...silent, build: 'stock' },
    },
  },
  {
    // The control of the one above and of static memory without its option: it is not this build that is silent.
    mistake: 'a domain that shares nothing, without CONFIG_STATIC_SHM,',
    spec: single,
    expected: {
      '4.17': { ...boots('answers', answers), build: 'stock' },
      '4.20': { ...boots('answers', answers), build: 'stock' },
    },
  },
  {
    mistake: 'a region without CONFIG_STATIC_SHM, before a domain with a kernel of its own,',
    spec: pair(),
    tampering: ownKernel('borrower'),
    expected: {
      '4.17': { ...refused('borrower', 'Missing kernel boot module?'), build: 'stock' },
    },
  },
  {
    mistake: 'code in a region',
    spec: pair(),
    expected: {
      '4.17': boots(
        'the owner runs it while a borrower hangs in silence',
        ownerRunsItBorrowerHangs,
      ),
      '4.20': boots(
        'the owner runs it while a borrower hangs in silence',
        ownerRunsItBorrowerHangs,
      ),
    },
  },
];
