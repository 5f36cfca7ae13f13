// SPDX-License-Identifier: Apache-2.0
// What is found without a boot agrees with what boots show: the systems and the mistakes here are
// those that tests/shared-memory and tests/misconfigurations boot.
import { expect, test } from '@playwright/test';
import { formatFindings } from '../../../lib/lint/format.ts';
import type { Row } from '../../misconfigurations/row.ts';
import { addresses } from '../../misconfigurations/table/addresses.ts';
import { domainNodes } from '../../misconfigurations/table/domain-nodes.ts';
import { guestAddresses } from '../../misconfigurations/table/guest-addresses.ts';
import { heap } from '../../misconfigurations/table/heap.ts';
import { ids } from '../../misconfigurations/table/ids.ts';
import { passthrough } from '../../misconfigurations/table/passthrough.ts';
import { roles } from '../../misconfigurations/table/roles.ts';
import { sizes } from '../../misconfigurations/table/sizes.ts';
import { staticMemory } from '../../misconfigurations/table/static-memory.ts';
import { configurations } from '../../shared-memory/configurations.ts';
import { lintSystem, targetNamed } from './generated.ts';

for (const { title, spec } of configurations) {
  test(`nothing is wrong with what works: ${title}`, () => {
    expect(formatFindings(lintSystem(spec, targetNamed('4.20')), 'text')).toBe('');
  });
}

/** Mistakes of the table that no finding is about, with the reason. */
const unseen: Readonly<Record<string, string>> = {
  'a domain that shares nothing, without CONFIG_STATIC_SHM,': 'it is right, and boots',
  'code in a region': 'it is what the guest does, not how it is configured',
  'a region of 2 MiB that is aligned to 2 MiB': 'it is right, and boots',
  'a region without a host address': 'it is right where Xen chooses the address',
  'an id of 15 characters': 'it is right, and boots',
  'SRAM that is passed as it should be': 'it is right, and boots',
  'SRAM with xen,passthrough in the host': 'it is right, and boots',
  'a region that is owned and not borrowed': 'it is right, and boots',
  'a borrower that is built before its owner': 'it is right, and boots',
  'a domain with static memory': 'it is right, and boots',
};

const tables: Readonly<Record<string, readonly Row[]>> = {
  addresses,
  domainNodes,
  guestAddresses,
  heap,
  ids,
  passthrough,
  roles,
  sizes,
  staticMemory,
};

for (const [table, rows] of Object.entries(tables)) {
  for (const { mistake, spec, tampering, expected } of rows) {
    for (const version of ['4.17', '4.20'] as const) {
      const byBuild = new Map(
        [expected[version] ?? []].flat().map((one) => [one.build ?? 'usual', one] as const),
      );
      for (const [build, { kind }] of byBuild) {
        test(`${version} ${build}: ${table}: ${mistake}`, () => {
          const usual = targetNamed(version);
          const target = build === 'stock' ? { ...usual, capabilities: new Set([]) } : usual;
          const right = kind === 'up' && unseen[mistake] !== undefined;
          const found = lintSystem(spec, target, tampering);
          expect(found.length > 0, unseen[mistake] ?? mistake).toBe(!right);
        });
      }
    }
  }
}
