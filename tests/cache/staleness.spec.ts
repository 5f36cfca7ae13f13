// SPDX-License-Identifier: Apache-2.0
// What needs a real cache: a line that one domain leaves in its cache is stale for one that reads
// around it, and cache maintenance mends that. On hardware a missing clean shows in few of many
// readings: a count of rounds, and a positive control that has to show staleness, or nothing that
// these tests find means anything.
import { constantPattern, type Domain, expect, PAGE, proved, xenTest } from '#crosspage';

const spec = {
  sharedMemory: { data: { size: PAGE }, flags: { size: PAGE } },
  domains: {
    writer: { probe: 'memory', maps: { data: { role: 'owner' }, flags: { role: 'owner' } } },
    reader: { probe: 'memory', maps: { data: { role: 'borrower' }, flags: { role: 'borrower' } } },
  },
} as const;

type Party = Domain<'data' | 'flags'>;

/** The least share of readings in which a missing clean showed on a Cortex-A53: 2 in 100,000. */
const leastRate = 2e-5;

/** How sure it is that `rounds` rounds would have shown a fault of {@link leastRate}. */
function power(rounds: number): string {
  return `${(100 * (1 - (1 - leastRate) ** rounds)).toFixed(4)} % sure to show 2 in 100,000`;
}

interface Sides {
  readonly writes: 'normal-write-back' | 'normal-non-cacheable';
  readonly reads: 'normal-write-back' | 'normal-non-cacheable';
  readonly clean?: boolean;
  readonly invalidate?: boolean;
}

/** Hands over a line so often; what the reader saw. */
async function handOver(writer: Party, reader: Party, sides: Sides, rounds: number) {
  for (const name of ['data', 'flags'] as const) {
    await writer.page(name).write(constantPattern(0n));
    await writer.page(name).cleanAndInvalidate();
    await reader.page(name).cleanAndInvalidate();
  }
  const flags = [writer.page('flags'), reader.page('flags')] as const;
  const [, seen] = await Promise.all([
    writer.publish(writer.page('data').as(sides.writes), flags[0], {
      rounds,
      maintain: sides.clean,
    }),
    reader.observe(reader.page('data').as(sides.reads), flags[1], {
      rounds,
      maintain: sides.invalidate,
    }),
  ]);
  return seen;
}

/** {@link handOver}, as often as it takes where caches are real; told in the report. */
async function count(writer: Party, reader: Party, sides: Sides) {
  const rounds = 1_000_000;
  const seen = await handOver(writer, reader, sides, rounds);
  const { fresh, stale, torn } = seen;
  proved(`fresh ${fresh}, stale ${stale}, torn ${torn} of ${rounds} lines; ${power(rounds)}`);
  return seen;
}

const test = xenTest(spec, { requires: ['data-cache'] });

test('control: a line that is never cleaned is stale for a reader around the cache', async ({
  writer,
  reader,
}) => {
  const sides = { writes: 'normal-write-back', reads: 'normal-non-cacheable' } as const;
  const seen = await count(writer, reader, sides);

  expect(seen.stale + seen.torn).toBeGreaterThan(0);
});

test('a line that is cleaned is fresh for a reader around the cache', async ({
  writer,
  reader,
}) => {
  const sides = {
    writes: 'normal-write-back',
    reads: 'normal-non-cacheable',
    clean: true,
  } as const;

  expect(await count(writer, reader, sides)).toMatchObject({ stale: 0, torn: 0 });
});

test('control: a line that the reader has in its cache hides what is written around it', async ({
  writer,
  reader,
}) => {
  const sides = { writes: 'normal-non-cacheable', reads: 'normal-write-back' } as const;
  const seen = await count(writer, reader, sides);

  expect(seen.stale + seen.torn).toBeGreaterThan(0);
});

test('a line that the reader invalidates shows what was written around its cache', async ({
  writer,
  reader,
}) => {
  const sides = {
    writes: 'normal-non-cacheable',
    reads: 'normal-write-back',
    invalidate: true,
  } as const;

  expect(await count(writer, reader, sides)).toMatchObject({ stale: 0, torn: 0 });
});

test('without maintenance a line is fresh where both sides map it write-back', async ({
  writer,
  reader,
}) => {
  const sides = { writes: 'normal-write-back', reads: 'normal-write-back' } as const;

  expect(await count(writer, reader, sides)).toMatchObject({ stale: 0, torn: 0 });
});

/** The writer waits for the reader while both are told what to do. */
const anywhere = xenTest(spec, { requires: ['concurrent-commands'] });

anywhere('with all maintenance every line is fresh on any machine', async ({ writer, reader }) => {
  const sides = {
    writes: 'normal-write-back',
    reads: 'normal-write-back',
    clean: true,
    invalidate: true,
  } as const;

  // Each round waits for the other side: milliseconds where Xen runs both on one processor.
  const rounds = 500;
  expect(await handOver(writer, reader, sides, rounds)).toEqual({
    rounds,
    fresh: rounds,
    stale: 0,
    torn: 0,
  });
});
