// SPDX-License-Identifier: Apache-2.0
// What is said of sharings that were looked at from outside.
import { expect, test } from '@playwright/test';
import { virtLayout } from '../../../../lib/qemu/virt.ts';
import { EnvironmentError, SubjectError } from '../../../../lib/support/errors.ts';
import { judgeSharings, nothingSeen, seeMaps } from '../../../../lib/trial/own/own-stage2.ts';
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

test('what is Xen’s fault of a look is a fault, and what the machine lacks is a reason', async () => {
  const host = hostTree(pairSource());
  const { plan } = planTrial(host, virtLayout);
  const late = new EnvironmentError({ who: 'qemu-virt', what: 'no processor was found' });
  const clash = new SubjectError({ who: 'qemu-virt', what: 'several domains run with VMID 1' });
  const reader = {
    map: () => Promise.reject(late),
    maps: ([name]: readonly string[] = []) => Promise.reject(name === 'radar' ? clash : late),
  };
  const seen = await seeMaps(reader, plan);
  const look = { seen, down: new Map<string, string>(), placed };

  const { verdicts, faults } = await judgeSharings(sharingsOf(host), look, plan, []);

  expect(faults).toMatchObject([
    {
      assertion: 'stage 2 of radar can be looked at',
      message: expect.stringContaining('several domains run with VMID 1'),
    },
  ]);
  expect(verdicts).toMatchObject([
    {
      verdict: 'not-tried',
      reason: expect.stringMatching(/several domains run with VMID 1; .*no processor was found/),
    },
  ]);
});
