// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { lineRates, receiveAt } from '../../../lib/bench/serial.ts';

for (const rate of lineRates)
  test(`no byte of what a board prints is lost, ${rate.name}`, async () => {
    const figures = await receiveAt(rate, 25_000);

    expect(figures).toMatchObject({ sent: rate.bytes, received: rate.bytes, wrong: 0 });
  });

test('bytes that do not come in time are counted as lost', async () => {
  const figures = await receiveAt({ name: 'slow', rate: 1000, bytes: 1_000_000 }, 500);

  expect(figures.received).toBeLessThan(figures.sent);
});
