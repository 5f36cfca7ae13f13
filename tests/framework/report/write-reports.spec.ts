// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { keepAttachment } from '../../../lib/report/keep-attachment.ts';
import { pointLatest, writeReports } from '../../../lib/report/write-reports.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

test('reports are replaced whole, and nothing else is left', ({}, testInfo) => {
  const run = testInfo.outputPath('reports/run-1');
  writeReports(run, { 'junit.xml': 'old' });
  writeReports(run, { 'junit.xml': 'new', 'results.json': '{}' });

  expect(readdirSync(run).sort()).toEqual(['junit.xml', 'results.json']);
  expect(readFileSync(join(run, 'junit.xml'), 'utf8')).toBe('new');
});

test('a report that cannot be written leaves the one of before', ({}, testInfo) => {
  const run = testInfo.outputPath('run-1');
  writeReports(run, { 'results.json': 'old' });
  mkdirSync(join(run, 'junit.xml/in-the-way'), { recursive: true });
  const write = (): void => {
    writeReports(run, { 'junit.xml': 'new', 'results.json': 'new' });
  };

  expect(write).toThrow(EnvironmentError);
  expect(write).toThrow(/junit\.xml could not be written: .*\n {2}to do: make room/);
  expect(readdirSync(run).sort()).toEqual(['junit.xml', 'results.json']);
  expect(readFileSync(join(run, 'results.json'), 'utf8')).toBe('old');
});

test('latest points to the run that ended last, by a relative name', ({}, testInfo) => {
  const reports = testInfo.outputPath('reports');
  for (const name of ['run-1', 'run-2']) {
    writeReports(join(reports, name), {});
    expect(pointLatest(join(reports, name))).toBe(join(reports, 'latest'));
  }

  expect(readlinkSync(join(reports, 'latest'))).toBe('run-2');
  expect(readdirSync(reports).sort()).toEqual(['latest', 'run-1', 'run-2']);
});

test('a directory that is called latest is left alone', ({}, testInfo) => {
  const run = testInfo.outputPath('reports/run-1');
  writeReports(run, {});
  mkdirSync(testInfo.outputPath('reports/latest'));

  expect(() => pointLatest(run)).toThrow(/latest could not be written/);
});

test('evidence inside of the run stays where it is; other evidence is brought in', ({}, testInfo) => {
  const run = testInfo.outputPath('run-1');
  const elsewhere = testInfo.outputPath('elsewhere.log');
  mkdirSync(join(run, 'qemu-virt'), { recursive: true });
  for (const path of [elsewhere, join(run, 'qemu-virt/a.log'), join(run, 'qemu-virt/a[1]|.log')])
    writeFileSync(path, 'lines');
  const kept = ['qemu-virt/a.log', 'qemu-virt/a[1]|.log', elsewhere].map((path, index) =>
    keepAttachment(
      { name: 'log', contentType: 'text/plain', path: path === elsewhere ? path : join(run, path) },
      run,
      `id-${index}`,
    ),
  );

  expect(kept.map(({ path }) => path)).toEqual([
    'qemu-virt/a.log',
    'attachments/id-1-a-1-.log',
    'attachments/id-2-elsewhere.log',
  ]);
  expect(readFileSync(join(run, 'attachments/id-2-elsewhere.log'), 'utf8')).toBe('lines');
});

test('evidence that is gone says so, and fails nothing', ({}, testInfo) => {
  const path = testInfo.outputPath('gone.log');

  expect(keepAttachment({ name: 'log', contentType: 'text/plain', path }, '/run', 'id')).toEqual({
    name: 'log',
    contentType: 'text/plain',
    problem: `${path} is not there`,
  });
});
