// SPDX-License-Identifier: Apache-2.0
import { expect as playwrightExpect, test } from '@playwright/test';
import fc from 'fast-check';
import { expect } from '../../../lib/matchers/index.ts';
import { mismatchOf, seenThrough } from '../../../lib/memory/mismatch.ts';
import { messageOf, MisuseError } from '../../../lib/support/errors.ts';
import { cacheable, device, type Given, givens, memoryOf } from './pages.ts';

const check = playwrightExpect;

/** What the matcher says of two parties; undefined when it passes. */
async function saidOf(
  ours: readonly Given[],
  theirs: readonly Given[],
): Promise<string | undefined> {
  return expect(memoryOf('owner', ours))
    .toMatchAttributesOf(memoryOf('borrower', theirs))
    .then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
}

test('a mismatch is told with the attributes of both parties, and what it may cost', async () => {
  check(await saidOf([cacheable, device], [cacheable, cacheable])).toBe(
    [
      "expect(owner.page('area')).toMatchAttributesOf(borrower.page('area')): the parties map the page with different attributes: owner device-nGnRE, outer shareable; borrower normal-write-back, inner shareable",
      '  first     page 2 of 2, at guest address 0x50001000',
      '  differs   the memory type or cacheability: one may see what only memory has, the other its cache',
      '  page      area: 2 pages at guest address 0x50000000, host address chosen by Xen, of board domain owner (d1)',
      '  stage 2   0x50000000-0x50000fff -> 0x60000000-0x60000fff level 3 ram_rw: normal-write-back, inner shareable, rw, execute',
      '            0x50001000-0x50001fff -> 0x60001000-0x60001fff level 3 mmio_direct_dev: device-nGnRE, outer shareable, rw, no execute',
      '  stage 1   normal-write-back, inner shareable',
      '  both      normal-write-back, inner shareable',
      '  page      area: 2 pages at guest address 0x50000000, host address chosen by Xen, of board domain borrower (d1)',
      '  stage 2   0x50000000-0x50001fff -> 0x60000000-0x60001fff level 3 ram_rw: normal-write-back, inner shareable, rw, execute',
      '  stage 1   normal-write-back, inner shareable',
      '  both      normal-write-back, inner shareable',
      '  console   console.log:7',
    ].join('\n'),
  );
});

test('whatever two parties have, the message says what each has, and where it first differs', async () => {
  const pages = fc.option(givens, { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(pages, pages), { minLength: 1, maxLength: 5 }),
      async (pairs) => {
        const seen = pairs.map((pair) =>
          pair.map((given) => given && seenThrough('normal-write-back', given)),
        );
        const first = seen.findIndex(
          ([one, other]) => !one || !other || mismatchOf(one, other) !== undefined,
        );

        const said = await saidOf(
          pairs.map(([ours]) => ours),
          pairs.map(([, theirs]) => theirs),
        );

        check(said === undefined).toBe(first < 0);
        if (said === undefined) return;
        const [headline = '', place = ''] = said.split('\n');
        const words = seen[first]?.map((one) =>
          one ? `${one.memory}, (non-|${one.shareability} )shareable` : 'nothing',
        );
        check(headline).toMatch(
          new RegExp(
            `^expect\\(owner\\.page\\('area'\\)\\)\\.toMatchAttributesOf\\(borrower\\.page\\('area'\\)\\): ` +
              `the parties map the page with different attributes: owner ${words?.[0] ?? ''}; borrower ${words?.[1] ?? ''}$`,
          ),
        );
        check(place).toContain(`page ${first + 1} of ${pairs.length}, at guest address`);
      },
    ),
  );
});

test('one page more or less is no page to be compared', async () => {
  const matching = expect(memoryOf('owner', [cacheable])).toMatchAttributesOf(
    memoryOf('borrower', [cacheable, cacheable]),
  );

  await check(matching).rejects.toThrow(MisuseError);
  await check(matching).rejects.toThrow(
    "owner.page('area'): has 0x1000 bytes, borrower.page('area') has 0x2000",
  );
});

test('what stage 1 makes the same matches, and what it makes different does not', async () => {
  const asDevice = memoryOf('owner', [cacheable], 'device-nGnRE');
  const uncached = memoryOf('owner', [cacheable], 'normal-non-cacheable');

  await expect(asDevice).toMatchAttributesOf(memoryOf('borrower', [device]));
  await expect(uncached).not.toMatchAttributesOf(memoryOf('borrower', [cacheable]));
});

test('parties that match are no mismatch, and the message of that says with what', async () => {
  const wrong = expect(memoryOf('owner', [cacheable])).not.toMatchAttributesOf(
    memoryOf('borrower', [{ ...cacheable, execute: false, software: 6 }]),
  );

  await check(wrong).rejects.toThrow(
    "expect(owner.page('area')).not.toMatchAttributesOf(borrower.page('area')): the parties map all 1 pages with normal-write-back, inner shareable\n",
  );
});
