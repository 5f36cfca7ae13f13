// SPDX-License-Identifier: Apache-2.0
import {
  EnvironmentError,
  expect,
  proved,
  startDom0,
  SubjectError,
  toolstackTest,
} from '#crosspage';

const spec = { xen: { flavour: 'debian' } } as const;
const test = toolstackTest(spec);
test.describe.configure({ timeout: 240_000 });

test('a dom0 that panics under a command is told as a panic, not as a lost session', async ({
  freeBoard: board,
}, { outputDir }) => {
  await using dom0 = await startDom0(board, spec, { evidence: outputDir });
  const dying = dom0.run(['sh', '-c', 'echo c > /proc/sysrq-trigger']);

  await expect(dying).rejects.toThrow(SubjectError);
  await expect(dying).rejects.toThrow(/^\S+ dom0: its kernel died: Kernel panic/);
  proved('a panic of dom0 is reported with its own words');
});

test('an SSH session that dies under a command is told as that: dom0 lives', async ({
  freeBoard: board,
}, { outputDir }) => {
  await using dom0 = await startDom0(board, spec, { evidence: outputDir });

  // The process that serves the session.
  const dying = dom0.run(['sh', '-c', 'echo begun; kill -KILL $PPID; sleep 60']);

  await expect(dying).rejects.toThrow(EnvironmentError);
  await expect(dying).rejects.toThrow(
    /^\S+ dom0: `exec sh -c .*` was under way: the connection died: /,
  );
  dom0.machine.fate.check();
  proved('a lost session is reported as that, not as the end of dom0');
});
