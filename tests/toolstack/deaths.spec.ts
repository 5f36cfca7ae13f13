// SPDX-License-Identifier: Apache-2.0
import { expect, proved, startDom0, SubjectError, toolstackTest } from '#crosspage';

const spec = { xen: { flavour: 'debian' } } as const;
const test = toolstackTest(spec);
test.describe.configure({ timeout: 240_000 });

test('a dom0 that panics under a command is told as a panic, not as a lost session', async ({
  board,
}, { outputDir }) => {
  await using dom0 = await startDom0(board, spec, { evidence: outputDir });
  const dying = dom0.run(['sh', '-c', 'echo c > /proc/sysrq-trigger']);

  await expect(dying).rejects.toThrow(SubjectError);
  await expect(dying).rejects.toThrow(/^\S+ dom0: its kernel died: Kernel panic/);
  proved('a panic of dom0 is reported with its own words');
});
