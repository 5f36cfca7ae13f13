// SPDX-License-Identifier: Apache-2.0
import { addressPattern, expect, type Dom0, MiB, toolstackTest } from '#crosspage';

const test = toolstackTest({ domains: { beside: { probe: 'memory' } } });
const memory = MiB(32);
/** In a domain's RAM, and not where its probe is. */
const somewhere = 0x4100_0000n;

/** Has dom0's kernel panic once the SSH session of this worker has ended. */
async function panicAfterSession(dom0: Dom0): Promise<void> {
  const wait = 'while kill -0 $0 2> /dev/null; do usleep 50000; done';
  const panic = `${wait}; echo c > /proc/sysrq-trigger`;
  const script = `sh -c '${panic}' $PPID < /dev/null > /dev/null 2>&1 &`;
  await dom0.output(['sh', '-c', script]);
}

test('dom0: the first passes', async ({ toolstack }) => {
  const alone = await toolstack.create({ name: 'alone', memory });

  expect(alone.domid).toBe(2);
  await toolstack.booted('beside').ping();
});

test('dom0: the second fails by what it asserts, and leaves a domain', async ({ toolstack }) => {
  const page = (await toolstack.create({ name: 'left', memory })).at(somewhere);
  await page.write(addressPattern(1));

  await expect(page).toHold(addressPattern(2));
});

test('dom0: the third finds the domain gone, and the other where it was', async ({ toolstack }) => {
  const listed = (await toolstack.list()).map(({ domid }) => domid);
  const page = toolstack.booted('beside').at(somewhere);
  await page.write(addressPattern(3));
  await expect(page).toHold(addressPattern(3));

  const again = await toolstack.create({ name: 'left', memory });

  expect(listed).toEqual([0, 1]);
  expect(again.domid).toBeGreaterThan(3);
});

test('dom0: the fourth fails, and dom0 dies when its worker ends', async ({ dom0 }) => {
  await panicAfterSession(dom0);

  expect(await dom0.output(['hostname'])).toBe('no such host');
});

test('dom0: the fifth has another', async ({ toolstack }) => {
  const alone = await toolstack.create({ name: 'alone', memory });

  expect(alone.domid).toBe(2);
});
