// SPDX-License-Identifier: Apache-2.0
import { addressPattern, constantPattern, expect, PAGE, xenTest } from '#crosspage';

const test = xenTest({
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
});

const value = 0x0f1e_2d3c_4b5a_6978_8796_a5b4_c3d2_e1f0n;

for (const width of [1, 2, 4, 8, 16] as const) {
  const mask = (1n << BigInt(8 * width)) - 1n;

  test(`a store of ${width} bytes arrives whole and changes nothing else`, async ({
    owner,
    borrower,
  }) => {
    await owner.page('mailbox').write(constantPattern(0n));

    await owner.page('mailbox').store(0x40, value, width);

    expect(await borrower.page('mailbox').load(0x40, width)).toBe(value & mask);
    const words = [
      await borrower.page('mailbox').load(0x40),
      await borrower.page('mailbox').load(0x48),
    ];
    expect(words).toEqual([value & mask & (2n ** 64n - 1n), (value & mask) >> 64n]);
    expect((await borrower.page('mailbox').check(constantPattern(0n))).bad).toBe(
      width === 16 ? 2 : 1,
    );
  });

  test(`a load of ${width} bytes sees its part of a word`, async ({ owner, borrower }) => {
    await borrower.page('mailbox').write(addressPattern());

    const low = await owner.page('mailbox').load(0x80);
    const high = await owner.page('mailbox').load(0x88);

    expect(await owner.page('mailbox').load(0x80, width)).toBe(((high << 64n) | low) & mask);
  });
}
