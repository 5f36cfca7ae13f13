// SPDX-License-Identifier: Apache-2.0
import { constantPattern, expect, PAGE, xenTest } from '#crosspage';

const times = 500_000;

for (const [cpu, kinds] of [
  ['cortex-a57', ['exclusive']],
  ['max', ['exclusive', 'lse']],
] as const) {
  const test = xenTest({
    machine: { cpu },
    sharedMemory: { counters: { size: PAGE } },
    domains: {
      owner: { probe: 'memory', maps: { counters: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { counters: { role: 'borrower' } } },
    },
  });

  for (const kind of kinds) {
    test(`${cpu}, ${kind}: two domains count to a million together and lose nothing`, async ({
      owner,
      borrower,
    }) => {
      await owner.page('counters').write(constantPattern(0n));

      await Promise.all([
        owner.page('counters').count(0x100, times, kind),
        borrower.page('counters').count(0x100, times, kind),
      ]);

      expect(await owner.page('counters').load(0x100)).toBe(BigInt(2 * times));
      expect(await borrower.page('counters').load(0x100)).toBe(BigInt(2 * times));
    });

    test(`${cpu}, ${kind}: a lock that both domains respect guards a plain counter`, async ({
      owner,
      borrower,
    }) => {
      await owner.page('counters').write(constantPattern(0n));

      await Promise.all([
        owner.page('counters').countUnderLock(0, 0x80, 50_000, kind),
        borrower.page('counters').countUnderLock(0, 0x80, 50_000, kind),
      ]);

      expect(await owner.page('counters').load(0x80)).toBe(100_000n);
    });
  }
}

const lseLess = xenTest({
  sharedMemory: { counters: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { counters: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { counters: { role: 'borrower' } } },
  },
});

for (const width of [1, 2, 4, 8] as const)
  lseLess(
    `an atomic addition of ${width} bytes returns what the other side wrote`,
    async ({ owner, borrower }) => {
      await owner.page('counters').store(0x40, 41n, width);

      expect(await borrower.page('counters').fetchAdd(0x40, 1n, 'exclusive', width)).toBe(41n);
      expect(await owner.page('counters').load(0x40, width)).toBe(42n);
    },
  );
