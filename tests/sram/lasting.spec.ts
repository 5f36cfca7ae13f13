// SPDX-License-Identifier: Apache-2.0
// Tests that share a boot: what one wrote to the bank is not there for the next.
import { addressPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  isolation: 'file',
  sram: { bank: { size: PAGE } },
  domains: {
    left: { probe: 'memory', sram: { bank: {} } },
    right: { probe: 'memory', sram: { bank: {} } },
  },
});

test.describe.configure({ mode: 'serial' });

for (const [writer, reader] of [
  ['left', 'right'],
  ['right', 'left'],
] as const)
  test(`${reader} reads what ${writer} wrote in this test, and nothing of another`, async ({
    left,
    right,
  }) => {
    const domains = { left, right };
    await expect(domains[reader].page('bank')).not.toHold(addressPattern());

    await domains[writer].page('bank').write(addressPattern());

    await expect(domains[reader].page('bank')).toHold(addressPattern());
  });
