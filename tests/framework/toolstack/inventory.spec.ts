// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import type { Domain } from '../../../lib/probe/domain.ts';
import { Inventory } from '../../../lib/toolstack/inventory.ts';

/** A stand-in for a domain that Xen made at boot, of which only its end is asked. */
const booted = (name: string, askedToEnd?: string): Domain =>
  ({ name, askedToEnd, plan: { domid: 1 }, client: { keepsNothing: true } }) as unknown as Domain;

test('a domain of the boot that was asked to end is missed, by tests and by who leaves dom0', () => {
  const there = new Inventory();
  there.addBooted([booted('one')]);
  expect([there.bootedEnded, there.whyNotLeft]).toEqual([false, undefined]);

  there.addBooted([booted('two', 'poweroff')]);

  expect([there.bootedEnded, there.whyNotLeft]).toEqual([true, 'two was asked to end']);
});
