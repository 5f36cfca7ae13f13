// SPDX-License-Identifier: Apache-2.0
import { CommandError, expect, proved, startDom0, toolstackTest } from '#crosspage';

const spec = { xen: { flavour: 'debian' } } as const;
const test = toolstackTest(spec, { isolation: 'file' });
const fromOutside = toolstackTest(spec, { requires: ['physical-memory'], isolation: 'file' });

/** `key : value` lines of `xl info`. */
function valueOf(info: string, key: string): string | undefined {
  return new RegExp(`^${key}\\s*: (.*?)\\s*$`, 'm').exec(info)?.[1];
}

test('dom0 runs the toolstack of the hypervisor that it runs on', async ({ dom0 }) => {
  const list = await dom0.output(['xl', 'list']);
  const info = await dom0.output(['xl', 'info']);
  const release = `${valueOf(info, 'xen_major')}.${valueOf(info, 'xen_minor')}`;

  expect(list).toMatch(/^Domain-0 +0 /m);
  expect(release).toBe(dom0.machine.facts['xen-release']);
  proved('xl in dom0 lists Domain-0 and knows its hypervisor');
});

test('dom0 has this run’s nonce and time, whatever it was restored from', async ({ dom0 }) => {
  const nonce = await dom0.output(['cat', '/run/crosspage-nonce']);
  const seconds = Number(await dom0.output(['date', '+%s']));

  expect(nonce.trim()).toBe(dom0.nonce);
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
});

test('two dom0s that go on from the same saved one draw different randomness', async ({
  board,
  dom0,
}, testInfo) => {
  const { outputDir } = testInfo;
  testInfo.skip(board.startPrepared === undefined, `${board.name} keeps no dom0 to go on from`);
  const draw = ['sh', '-c', 'head -c 32 /dev/urandom | hexdump -e \'32/1 "%02x"\''];
  const one = await dom0.output(draw);
  await using second = await startDom0(board, spec, { evidence: `${outputDir}/second` });
  const other = await second.output(draw);

  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(other).toMatch(/^[0-9a-f]{64}$/);
  expect(other).not.toBe(one);
});

test('what a command prints, how it ends and what it reads come through whole', async ({
  dom0,
}) => {
  const script = 'cat; echo to the other stream >&2; exit 3';
  const input = 'line\n'.repeat(20_000);
  const result = await dom0.run(['sh', '-c', script], { input });
  const killed = await dom0.run(['sh', '-c', 'kill -TERM $$']);
  const failed = dom0.output(['xl', 'no-such-command']);

  expect(result).toEqual({
    stdout: input,
    stderr: 'to the other stream\n',
    code: 3,
    signal: undefined,
  });
  expect(killed.signal).toBe('TERM');
  await expect(failed).rejects.toThrow(CommandError);
});

test('a file goes to dom0 and comes back as it was', async ({ dom0 }) => {
  const content = Buffer.from(Array.from({ length: 100_000 }, (_unused, index) => index % 251));
  await dom0.upload('/tmp/a file', content);

  expect((await dom0.download('/tmp/a file')).equals(content)).toBe(true);
});

fromOutside(
  'physical memory of a restored machine is seen and written from outside',
  async ({ dom0 }) => {
    const { memory } = dom0.machine;
    const text = `crosspage ${dom0.nonce}`;
    await dom0.upload('/run/seen', text.repeat(300));
    const [bank] = memory?.ranges ?? [];
    const found = [...Array(Number((bank?.size ?? 0n) / 0x10_0000n)).keys()].some((index) =>
      memory?.read((bank?.start ?? 0n) + BigInt(index) * 0x10_0000n, 0x10_0000).includes(text),
    );

    expect(found).toBe(true);
  },
);
