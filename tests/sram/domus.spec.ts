// SPDX-License-Identifier: Apache-2.0
// Host memory outside Xen's hands, which two domUs map by their partial device trees.
import { addressPattern, expect, KiB, noisePattern, xenTest } from '#crosspage';

const test = xenTest({
  sram: { bank: { size: KiB(64) } },
  domains: {
    left: { probe: 'memory', sram: { bank: {} } },
    right: { probe: 'memory', sram: { bank: {} } },
    third: { probe: 'memory' },
  },
});

test('each domU reads every word that the other wrote', async ({ left, right }) => {
  await left.page('bank').write(addressPattern());
  await expect(right.page('bank')).toHold(addressPattern());

  await right.page('bank').write(noisePattern());
  await expect(left.page('bank')).toHold(noisePattern());
});
