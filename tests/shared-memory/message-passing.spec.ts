// SPDX-License-Identifier: Apache-2.0
import { constantPattern, expect, KiB, proved, xenTest } from '#crosspage';

const rounds = 100_000;

const test = xenTest(
  {
    sharedMemory: { ring: { size: KiB(64) } },
    domains: {
      owner: { probe: 'memory', maps: { ring: { role: 'owner' } } },
      borrower: { probe: 'memory', maps: { ring: { role: 'borrower' } } },
    },
  },
  { requires: ['concurrent-commands'] },
);

for (const [from, to] of [
  ['owner', 'borrower'],
  ['borrower', 'owner'],
] as const)
  test(`${from} to ${to}: ${rounds} messages with barriers arrive fresh`, async ({
    owner,
    borrower,
  }) => {
    const sides = { owner, borrower };
    await owner.page('ring').write(constantPattern(0n));

    const [histogram] = await Promise.all([
      sides[to].page('ring').receive(rounds),
      sides[from].page('ring').send(rounds),
    ]);

    const { fresh, stale, torn } = histogram;
    proved(`${from} to ${to}: fresh ${fresh}, stale ${stale}, torn ${torn} of ${rounds} messages`);
    expect(histogram).toEqual({ rounds, fresh: rounds, stale: 0, torn: 0 });
  });
