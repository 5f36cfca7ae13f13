// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { documented, documentedWith } from '../../../lib/report/documented-mechanisms.ts';
import { measuredIn, replaced } from '../../../lib/report/mechanisms.ts';
import { markdownOf, reportOf, tableOf } from '../../../lib/report/mechanism-table.ts';
import {
  type MappingResult,
  mappingResultsSchema,
  type TestResult,
} from '../../../lib/report/model.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { testResult } from './sample-run.ts';

const root = join(import.meta.dirname, '../../..');
const device = 'mmio_direct_dev: device-nGnRE, outer shareable, rw, no execute';
const cacheable = 'mmio_direct_c: normal-write-back, outer shareable, rw, no execute';

function measuring(title: string, flavour: string, ...mapped: string[]): TestResult {
  const ran = { board: ['qemu-virt'], 'xen-version': ['4.20.3'], 'qemu-version': ['10.0.2'] };
  return testResult({
    titlePath: [title],
    file: 'tests/sram/stage2.spec.ts',
    properties: { ...ran, flavour: [flavour], mapped },
  });
}

/** What a cell of the table says, by mechanism, party and flavour. */
function cell(results: readonly MappingResult[], ...[mechanism, party, flavour]: string[]): string {
  const [heading = [], ...rows] = tableOf(results).rows;
  const row = rows.find(([first, second]) => first === mechanism && second === party);
  return row?.[heading.indexOf(flavour ?? '')] ?? 'no such row';
}

test('what tests measured is known by mechanism, party and flavour, with who measured it', () => {
  const measured = measuredIn([
    measuring('one', 'debian', `xen,reg | domU | ${device}`, `xen,reg | dom0 | ${cacheable}`),
    measuring('two', 'debian', `xen,reg | domU | ${device}`),
    measuring('three', 'static-shm', `xen,reg | domU | ${device}`, 'nothing of the kind'),
  ]);

  expect(measured.map(({ party, flavour }) => `${party} ${flavour}`)).toEqual([
    'domU debian',
    'dom0 debian',
    'domU static-shm',
  ]);
  expect(measured[0]).toEqual({
    mechanism: 'xen,reg',
    party: 'domU',
    flavour: 'debian',
    mapped: [device],
    expected: device,
    asExpected: true,
    boards: ['qemu-virt'],
    xenVersions: ['4.20.3'],
    qemuVersions: ['10.0.2'],
    tests: ['tests/sram/stage2.spec.ts › stage2 › one', 'tests/sram/stage2.spec.ts › stage2 › two'],
  });
});

test('a cell says what is expected, what differs, what there is not, and is empty when not measured', () => {
  const results = measuredIn([
    measuring('one', 'debian', `xen,reg | domU | ${device}`),
    measuring('two', 'static-shm', `xen,reg | domU | ${cacheable}`, `xen,reg | domU | ${device}`),
  ]);

  expect(cell(results, 'xen,reg', 'domU', 'debian')).toBe('as expected');
  expect(cell(results, 'xen,reg', 'domU', 'static-shm')).toBe(`differs: ${cacheable}; ${device}`);
  expect(cell(results, 'xen,reg', 'domU', 'shared-memory')).toBe('');
  expect(cell(results, 'static_shm', 'owner', 'debian')).toMatch(/^not available \(\d\)$/);
  expect(tableOf(results).notes).toContain('upstream’s xl knows no static_shm');
});

test('what is measured where it is not expected, or of an unknown party or flavour, is shown', () => {
  const results = measuredIn([
    measuring('one', 'debian', 'static_shm | owner | not mapped'),
    measuring(
      'two',
      'of-a-vendor',
      `xen,reg | domU | ${device}`,
      'xen,reg | stranger | not mapped',
    ),
  ]);

  expect(cell(results, 'static_shm', 'owner', 'debian')).toBe('differs: not mapped');
  expect(cell(results, 'xen,reg', 'domU', 'of-a-vendor')).toBe('as expected');
  expect(cell(results, 'xen,reg', 'stranger', 'of-a-vendor')).toBe('differs: not mapped');
});

test('parties that do not match are told as such, from what was measured', () => {
  const both = [`xen,reg | domU | ${device}`, `xen,reg | dom0 | ${cacheable}`];
  const { mismatches } = tableOf(
    measuredIn([measuring('one', 'debian', ...both), measuring('two', 'static-shm', ...both)]),
  );

  expect(mismatches.find((text) => text.startsWith('xen,reg,'))).toBe(
    'xen,reg, measured on debian, static-shm: domU device-nGnRE, outer shareable; ' +
      'dom0 normal-write-back, outer shareable. Differs: the memory type or cacheability: ' +
      'one may see what only memory has, the other its cache',
  );
  expect(mismatches.find((text) => text.startsWith('iomem memory,'))).toMatch(
    /^iomem memory, expected: dom0 \(Linux\) .* Differs: the shareability: /,
  );
  expect(mismatches.find((text) => text.startsWith('static_shm'))).toBeUndefined();
});

test('what differs is marked in the report of a run, whose columns are aligned', () => {
  const results = measuredIn([measuring('one', 'debian', `xen,reg | domU | ${cacheable}`)]);
  const lines = markdownOf(results)
    .split('\n')
    .filter((line) => line.startsWith('|'));

  expect(reportOf(results)).toContain(`| **differs: ${cacheable}** |`);
  expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  expect(reportOf(results)).toContain('- debian: Xen 4.20.3 on qemu-virt, QEMU 10.0.2\n');
});

test('a later measurement takes the place of an earlier one, and leaves the others', () => {
  const earlier = measuredIn([
    measuring('one', 'debian', `xen,reg | domU | ${cacheable}`, `xen,reg | dom0 | ${cacheable}`),
  ]);
  const later = measuredIn([measuring('one', 'debian', `xen,reg | domU | ${device}`)]);

  expect(replaced(earlier, later).map(({ party, mapped }) => [party, ...mapped])).toEqual([
    ['dom0', cacheable],
    ['domU', device],
  ]);
});

test('the documentation has the table that its data makes', () => {
  const data: unknown = JSON.parse(readFileSync(join(root, documented.data), 'utf8'));
  const page = readFileSync(join(root, documented.page), 'utf8');

  const made = documentedWith(page, mappingResultsSchema.parse(data));

  expect(page, 'it is stale: npx crosspage mechanisms --write').toBe(made);
  expect(() => documentedWith('# Another page', [])).toThrow(MisuseError);
});
