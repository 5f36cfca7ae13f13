// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { DomainMonitor } from '../../../lib/boot/domain-monitor.ts';
import { crc32 } from '../../../lib/support/checksum.ts';
import type { PlannedDomain } from '../../../lib/xen/plan.ts';

const domain: PlannedDomain = {
  name: 'owner',
  domid: 1,
  probe: 'memory',
  memory: 0x200_0000,
  vcpus: 1,
  mappings: [],
  sram: [],
  staticMemory: undefined,
  enhanced: undefined,
  eventChannels: [],
};

const body = '@xp 00c0ffee 0000 ack 0001 00 18';
const record = `${body} *${crc32(new TextEncoder().encode(body)).toString(16).padStart(8, '0')}`;

function heard(text: string, focus: number | 'xen'): DomainMonitor {
  const monitor = new DomainMonitor('board', domain, '00c0ffee', 'console.log');
  monitor.take({ number: 1, atMs: 0, text }, focus);
  return monitor;
}

test('a record of the focused domain is whole wherever Xen put its prefix', () => {
  for (let at = 0; at <= record.length; at++) {
    const monitor = heard(`${record.slice(0, at)}(XEN) ${record.slice(at)}`, 1);

    expect(monitor.counter.loss).toMatchObject({ received: 1, damaged: 0 });
    expect(monitor.acks.count(1, 0)).toBe(0x18);
  }
});

test('a line of a domain without the focus is not of the one that has it', () => {
  expect(heard(`(XEN) DOM2: ${record}`, 1).counter.loss.received).toBe(0);
  expect(heard(`(XEN) DOM1: ${record}`, 2).counter.loss.received).toBe(1);
});
