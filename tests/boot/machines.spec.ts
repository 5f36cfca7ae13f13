// SPDX-License-Identifier: Apache-2.0
// The same sharing on every machine that Crosspage emulates.
import { addressPattern, dt, expect, MiB, PAGE, xenTest } from '#crosspage';

/** MIDR_EL1 bits 15:4, the part number; `max` is QEMU's own. */
const parts = { 'cortex-a53': 0xd03n, 'cortex-a57': 0xd07n, max: 0x051n } as const;

for (const gic of [2, 3] as const)
  for (const cpu of ['cortex-a53', 'cortex-a57', 'max'] as const) {
    const test = xenTest({
      machine: { gic, cpu },
      sharedMemory: { mailbox: { size: PAGE } },
      domains: {
        owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
        borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
      },
    });

    test(`${cpu} with GICv${gic}: both directions`, async ({ owner, borrower }) => {
      const { midr } = await owner.cpu();
      expect((midr >> 4n) & 0xfffn).toBe(parts[cpu]);

      await owner.page('mailbox').write(addressPattern(1));
      await expect(borrower.page('mailbox')).toHold(addressPattern(1));
      await borrower.page('mailbox').write(addressPattern(2));
      await expect(owner.page('mailbox')).toHold(addressPattern(2));
    });
  }

const placed = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: {
      probe: 'memory',
      memory: MiB(16),
      staticMemory: 0x6800_0000n,
      maps: { mailbox: { role: 'owner' } },
    },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

placed('an owner whose RAM is static memory shares as any other', async ({ owner, borrower }) => {
  await owner.page('mailbox').write(addressPattern(1));
  await expect(borrower.page('mailbox')).toHold(addressPattern(1));
  await borrower.page('mailbox').write(addressPattern(2));
  await expect(owner.page('mailbox')).toHold(addressPattern(2));
});

const counted = xenTest({
  domains: { one: { probe: 'memory' }, three: { probe: 'memory', vcpus: 3 } },
});

counted('each domain has as many vCPUs as it was given', async ({ one, three }) => {
  for (const [domain, count] of [
    [one, 1],
    [three, 3],
  ] as const) {
    const cpus = dt.find(await domain.deviceTree(), '/cpus')?.children ?? [];
    expect(cpus.filter(({ name }) => name.startsWith('cpu@'))).toHaveLength(count);
  }
});

for (const cpus of [1, 2] as const) {
  const machine = xenTest({ machine: { cpus }, domains: { one: { probe: 'memory' } } });

  machine(`Xen brings up ${cpus} of ${cpus} processors`, ({ system }) => {
    const { lines } = system.machine.console.transcript;
    const said = lines.map(({ text }) => /Brought up (\d+) CPUs/.exec(text)?.[1]);
    expect(said.filter((count) => count !== undefined)).toEqual([String(cpus)]);
  });
}
