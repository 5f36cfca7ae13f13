// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { crc32 } from '../../../lib/support/checksum.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { CrosspageError } from '../../../lib/support/errors.ts';
import { wire } from './bench.ts';
import type { Fault } from './fake-u-boot.ts';

const soon = (): Deadline => Deadline.after(4000);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault>({ kind: 'drop' }, { kind: 'double' }),
  fc.integer({ min: 0, max: 7 }).map((bit): Fault => ({ kind: 'flip', mask: 1 << bit })),
);
const faults = fc
  .array(fc.tuple(fc.nat(250), fault), { maxLength: 4 })
  .map((list) => new Map(list));
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

/** What `work` gives, or undefined for an error that says whose fault it is. */
async function outcome<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof CrosspageError) return undefined;
    throw error;
  });
}

test('a command’s result does not depend on how its bytes are cut', async ({}, { outputDir }) => {
  for (let size = 1; size <= 60; size++) {
    await using bench = wire(outputDir, { pieces: [size] });
    bench.fake.env.set('serial', '0042');
    bench.fake.begin();
    expect(await bench.uBoot.run('printenv serial', soon())).toEqual({
      output: ['serial=0042'],
      status: 0,
    });
  }
});

test('a damaged line never gives a wrong status, and never runs a command twice', async ({}, {
  outputDir,
}) => {
  let succeeded = 0;
  await fc.assert(
    fc.asyncProperty(faults, faults, pieces, fc.boolean(), async (faultsIn, faultsOut, cut, ok) => {
      await using bench = wire(outputDir, { faultsIn, faultsOut, pieces: cut });
      bench.fake.begin();
      const result = await outcome(bench.uBoot.run(ok ? 'true' : 'false', soon()));
      if (result === undefined) return;
      succeeded++;
      expect(result.status).toBe(ok ? 0 : 1);
      expect(bench.fake.ran.filter((command) => command === (ok ? 'true' : 'false'))).toHaveLength(
        1,
      );
    }),
    { numRuns: 150 },
  );

  expect(succeeded).toBeGreaterThan(75);
});

test('a single fault anywhere is survived', async ({}, { outputDir }) => {
  const kinds: readonly Fault[] = [{ kind: 'drop' }, { kind: 'double' }, { kind: 'flip', mask: 2 }];
  for (const kind of kinds)
    for (let at = 0; at < 120; at += 3)
      for (const way of ['faultsIn', 'faultsOut']) {
        await using bench = wire(outputDir, { [way]: new Map([[at, kind]]) });
        bench.fake.begin();
        const { status } = await bench.uBoot.run('false', soon());
        expect(status, `${kind.kind} at ${at} of ${way}`).toBe(1);
      }
});

test('a message in the middle of anything that U-Boot prints is survived', async ({}, {
  outputDir,
}) => {
  const text = '[    1.234567] xilinx-dpdma fd4c0000.dma: message of elsewhere\r\n';
  for (let at = 0; at < 130; at++) {
    await using bench = wire(outputDir, { noise: { at, text } });
    bench.fake.begin();
    const { status } = await bench.uBoot.run('true', soon());
    expect(status, `message at ${at}`).toBe(0);
  }
});

test('text that is read twice alike is right though the line is damaged', async ({}, {
  outputDir,
}) => {
  await fc.assert(
    fc.asyncProperty(faults, pieces, async (faultsOut, cut) => {
      await using bench = wire(outputDir, { faultsOut, pieces: cut });
      bench.fake.env.set('serial', '0042');
      bench.fake.begin();
      const result = await outcome(bench.uBoot.read('printenv serial', soon()));
      if (result !== undefined) expect(result.output).toEqual(['serial=0042']);
    }),
    { numRuns: 60 },
  );
});

test('a file counts as loaded only when it is the right one, however damaged the line', async ({}, {
  outputDir,
}) => {
  const right = Buffer.from('Xen');
  const order = { name: 'x', address: 0x8_0000n, size: right.length, crc32: crc32(right) };
  const file = fc.constantFrom(right, Buffer.from('Xem'), Buffer.from('Xen!'), undefined);
  await fc.assert(
    fc.asyncProperty(faults, faults, file, async (faultsIn, faultsOut, served) => {
      const files = served === undefined ? {} : { x: served };
      await using bench = wire(outputDir, { faultsIn, faultsOut, files });
      bench.fake.begin();
      const loaded = await outcome(bench.uBoot.load(order, soon()).then(() => true));
      if (loaded === true) expect(served).toBe(right);
    }),
    { numRuns: 80 },
  );
});

test('what shows that a line is damaged is noted, and a message is no damage', async ({}, {
  outputDir,
}) => {
  await using spoiled = wire(outputDir, { faultsOut: new Map([[30, { kind: 'flip', mask: 2 }]]) });
  spoiled.fake.begin();
  await spoiled.uBoot.run('true', soon());
  expect(spoiled.console.damage).toHaveLength(1);
  expect(spoiled.console.damage[0]).toMatch(/^U-Boot echoed ZynqMP> tpue; /);

  const text = '[    1.234567] a message of elsewhere\r\n';
  for (const options of [{}, { noise: { at: 30, text } }]) {
    await using whole = wire(outputDir, options);
    whole.fake.begin();
    await whole.uBoot.run('true', soon());
    expect(whole.console.damage).toEqual([]);
  }
});
