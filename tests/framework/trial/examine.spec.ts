// SPDX-License-Identifier: Apache-2.0
// What comes of a sharing, by who has which part of it.
import { expect, test } from '@playwright/test';
import { NoAnswerError } from '../../../lib/probe/link.ts';
import type { Pattern } from '../../../lib/probe/patterns.ts';
import { examine, pairsOf, type Trialled } from '../../../lib/trial/examine.ts';
import type { Party, Sharing } from '../../../lib/trial/sharings.ts';
import type { SharingVerdict } from '../../../lib/trial/verdict.ts';

const where = { file: 'host.dts' };

/** A party that has so many pages from a page of the region on. */
const party = (domain: string, from: number, pages: number): Party => ({
  ...{ domain, role: undefined, guestAddress: 0x5000_0000n, hostAddress: undefined, where },
  ...{ size: BigInt(pages * 0x1000), offset: BigInt(from * 0x1000) },
});

const region = (...parties: readonly Party[]): Sharing => ({
  ...{ mechanism: 'xen,domain-shared-memory-v1', id: 'mailbox', parties },
});

/** Memory of which each domain has its own copy of some pages, which it should share. */
function memoryWith(own: Readonly<Record<string, readonly bigint[]>> = {}): Trialled {
  const pages = new Map<string, Pattern>();
  return {
    endOf: ({ domain }, offset, size) => {
      const keys = Array.from({ length: Number(size / 0x1000n) }, (_unused, index) => {
        const page = offset / 0x1000n + BigInt(index);
        return own[domain]?.includes(page) === true ? `${domain} ${page}` : `${page}`;
      });
      return {
        ...{ domain, kind: 'address' },
        write: (pattern) => {
          for (const key of keys) pages.set(key, pattern);
          return Promise.resolve();
        },
        misread: (pattern) => {
          const bad = keys.filter((key) => pages.get(key) !== pattern);
          return Promise.resolve(bad.length === 0 ? undefined : `${bad.length} pages are not`);
        },
      };
    },
    differences: () => Promise.resolve([]),
  };
}

async function verdictOf(trialled: Trialled, sharing: Sharing): Promise<SharingVerdict> {
  const { verdicts } = await examine(trialled, [sharing]);
  return verdicts[0] ?? { sharing, verdict: 'not-tried', faults: [] };
}

test('a domain that names a region twice shares it with nobody', async () => {
  const twice = region(party('radar', 0, 1), party('radar', 0, 1));

  expect(await verdictOf(memoryWith(), twice)).toMatchObject({
    verdict: 'one-sided',
    faults: [{ message: 'only radar has it, 2 times: no other domain names the same xen,shm-id' }],
  });
});

test('what only later parties have in common is tried as well', async () => {
  const parts = region(party('radar', 0, 2), party('fusion', 1, 3), party('log', 1, 3));

  expect(await verdictOf(memoryWith(), parts)).toMatchObject({ verdict: 'works' });
  expect(await verdictOf(memoryWith({ log: [3n] }), parts)).toMatchObject({
    verdict: 'fails',
    faults: [
      { assertion: 'mailbox: log reads what fusion writes', message: '1 pages are not' },
      { assertion: 'mailbox: fusion reads what log writes' },
    ],
  });
});

test('each piece is tried with the first that has it', () => {
  const parts = region(party('radar', 1, 1), party('fusion', 0, 3), party('log', 0, 3));

  expect(
    pairsOf(parts).map(({ from, to, start, size }) => [from.domain, to.domain, start, size]),
  ).toEqual([
    ['radar', 'fusion', 0x1000n, 0x1000n],
    ['radar', 'log', 0x1000n, 0x1000n],
    ['fusion', 'log', 0n, 0x1000n],
    ['fusion', 'log', 0x2000n, 0x1000n],
  ]);
});

test('a part is one’s own only if nobody else has it, whoever comes first', async () => {
  const joined = region(party('radar', 0, 1), party('fusion', 1, 1), party('log', 0, 2));
  const first = region(party('radar', 0, 1), party('fusion', 1, 1), party('log', 1, 1));
  const none = region(party('radar', 0, 1), party('fusion', 1, 1));
  const alone = (domain: string): Record<string, unknown> => ({
    verdict: 'fails',
    faults: [{ message: `what ${domain} has of it, no other domain has` }],
  });

  expect(await verdictOf(memoryWith(), joined)).toMatchObject({ verdict: 'works', faults: [] });
  expect(await verdictOf(memoryWith(), first)).toMatchObject(alone('radar'));
  expect(await verdictOf(memoryWith(), none)).toMatchObject(alone('fusion'));
});

test('who gave no answer is not asked again: what it was told may come to pass later', async () => {
  const memory = memoryWith();
  const late: Trialled = {
    ...memory,
    endOf: (one, offset, size) => {
      const end = memory.endOf(one, offset, size);
      if (typeof end === 'string' || one.domain !== 'radar') return end;
      const error = new NoAnswerError({ who: 'radar', what: 'did not answer "fill"' });
      return { ...end, write: () => Promise.reject(error) };
    },
  };
  const both = ['radar', 'fusion'].map((domain) => party(domain, 0, 2));
  const others = ['fusion', 'log'].map((domain) => party(domain, 0, 2));
  const sharings = [region(...both), region(...both), region(...others)];

  const { verdicts } = await examine(late, sharings);

  expect(verdicts).toMatchObject([
    {
      verdict: 'fails',
      faults: [{ message: expect.stringContaining('did not answer') }],
    },
    { verdict: 'not-tried', reason: 'radar gave no answer before' },
    { verdict: 'works' },
  ]);
  expect(verdicts[0]?.faults).toHaveLength(1);
});
