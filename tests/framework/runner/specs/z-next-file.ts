// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import { expect, xenTest } from '#crosspage';

const test = xenTest({ domains: { one: { probe: 'memory' } } });

/** The machines that this worker has started and not ended. */
async function machines(): Promise<string[]> {
  const children = await Promise.all(
    (await readdir('/proc/self/task')).map((thread) =>
      readFile(`/proc/self/task/${thread}/children`, 'utf8'),
    ),
  );
  const names = await Promise.all(
    children
      .flatMap((text) => text.split(' '))
      .filter((pid) => pid !== '')
      .map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name.startsWith('qemu-system'));
}

test('is alone after a file that shared a boot', async ({ one }) => {
  await one.ping();
  expect(await machines()).toHaveLength(1);
});
