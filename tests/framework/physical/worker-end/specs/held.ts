// SPDX-License-Identifier: Apache-2.0
// On a board that another holds: less time than it is waited for.
import { xenTest } from '#crosspage';

const spec = { domains: { alone: { probe: 'memory' } } } as const;

const test = xenTest(spec);
test.describe.configure({ timeout: 1000 });

const outsideTest = xenTest(spec, { requires: ['physical-memory'] });

test('held: a test whose time is shorter than the wait', async ({ alone }) => {
  await alone.ping();
});

outsideTest('held: a test that this board cannot run', async ({ alone }) => {
  await alone.ping();
});
