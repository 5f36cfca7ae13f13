// SPDX-License-Identifier: Apache-2.0
// What is said of sharings that were looked at from outside.
import { expect, test } from '@playwright/test';
import { virtLayout } from '../../../../lib/qemu/virt.ts';
import { judgeSharings, nothingSeen } from '../../../../lib/trial/own/own-stage2.ts';
import { planTrial } from '../../../../lib/trial/plan.ts';
import { type Party, sharingsOf } from '../../../../lib/trial/sharings.ts';
import { hostTree, pairSource } from '../trees.ts';

const placed = (party: Party): Party => party;

test('a domain that names a region twice shares it with nobody', async () => {
  const host = hostTree(pairSource());
  const { plan } = planTrial(host, virtLayout);
  const twice = sharingsOf(host).map((sharing) => ({
    ...sharing,
    parties: sharing.parties.map((party) => ({ ...party, domain: 'radar' })),
  }));
  const look = { seen: nothingSeen, down: new Map<string, string>(), placed };

  const { verdicts } = await judgeSharings(twice, look, plan, []);

  expect(verdicts).toMatchObject([{ verdict: 'one-sided', faults: [{ where: 'host.dts:21:7' }] }]);
});
