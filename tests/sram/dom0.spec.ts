// SPDX-License-Identifier: Apache-2.0
// dom0 maps the host's sram node by itself, a domU maps it by its partial device tree.
import { addressPattern, expect, KiB, noisePattern, xenTest } from '#crosspage';

const test = xenTest({
  sram: { bank: { size: KiB(64) } },
  dom0: { probe: 'memory', sram: { bank: {} } },
  domains: { guest: { probe: 'memory', sram: { bank: {} } } },
});

test('dom0 and a domU read every word that the other wrote', async ({ dom0, guest }) => {
  await dom0.page('bank').write(addressPattern());
  await expect(guest.page('bank')).toHold(addressPattern());

  await guest.page('bank').write(noisePattern());
  await expect(dom0.page('bank')).toHold(noisePattern());
});
