// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { readManifest } from '../../../lib/images/manifest.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import {
  describeMapping,
  parseMapping,
  parseMeasured,
  printMeasured,
} from '../../../lib/xen/measured.ts';
import {
  expectedMapping,
  lackOf,
  mappingOf,
  shares,
  tableFlavours,
} from '../../../lib/xen/mechanisms.ts';
import { givens } from '../matchers/pages.ts';

const mappings = givens.chain(({ memory, shareability, access, execute }) =>
  fc
    .stringMatching(/^[a-z_]{1,12}$/)
    .map((type) => ({ type, memory, shareability, access, execute })),
);

test('each party of each mechanism has its mapping, and no other has one', () => {
  for (const share of shares) expect(expectedMapping(share)).toHaveProperty('type');
  expect(expectedMapping({ mechanism: 'xen,reg', party: 'owner' })).toBeUndefined();
  expect(expectedMapping({ mechanism: 'toString', party: 'owner' })).toBeUndefined();
  expect(lackOf('constructor', 'debian')).toBeUndefined();
});

test('a party that a mechanism does not have is misuse', () => {
  expect(() => mappingOf('xen,reg', 'owner' as 'dom0')).toThrow(MisuseError);
  expect(() => mappingOf('xen,reg', 'owner' as 'dom0')).toThrow(
    'xen,reg: has no party owner\n  to do: it has: dom0, domU',
  );
});

test('the flavours of the table are flavours of the manifest', () => {
  const known = Object.keys(readManifest(placesOf().manifest).hypervisors);

  expect(known).toEqual(expect.arrayContaining([...tableFlavours]));
});

test('a mapping survives being printed and read, with whose it is', () => {
  fc.assert(
    fc.property(mappings, fc.constantFrom(...shares), (mapping, share) => {
      const text = printMeasured(share, mapping);
      const read = parseMeasured(text);
      expect(read).toEqual({ ...share, mapped: describeMapping(mapping) });
      expect(parseMapping(read?.mapped ?? '')).toEqual(mapping);
    }),
  );
});

test('what is no mapping is read as none', () => {
  expect(describeMapping(undefined)).toBe('not mapped');
  expect(parseMapping('not mapped')).toBeUndefined();
  expect(parseMeasured('xen,reg | domU')).toBeUndefined();
  expect(parseMeasured('a | b | c | d')).toBeUndefined();
});
