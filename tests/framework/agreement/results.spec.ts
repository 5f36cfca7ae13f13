// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { agreement, type AgreementOptions } from '../../../lib/agreement/agreement.ts';
import { dom0lessObserver } from '../../../lib/agreement/dom0less-observer.ts';
import { type Result, Results } from '../../../lib/agreement/results.ts';
import type { Board } from '../../../lib/boards/board.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { boardWith } from '../boot/boards.ts';
import { failureOf } from '../images/failure-of.ts';
import { targetNamed } from '../lint/generated.ts';

const result = (index: number, subject = 'xen probe'): Result => ({
  ...{ index, seed: '1', subject, mistake: index % 2 === 0 ? undefined : 'no id' },
  files: {
    host: Buffer.from('a host tree'),
    partials: [{ file: 'one.partial.dtb', blob: Buffer.from('a partial tree') }],
    loads: [
      { file: 'xen', address: 0x4020_0000n, size: undefined },
      { file: 'one.partial.dtb', address: 0x4040_0000n, size: 14 },
    ],
  },
  observation: {
    kind: 'panic',
    text: 'Early FDT parsing failed (-22)',
    faults: [{ assertion: 'the system comes up', message: 'it panics' }],
    proofs: { 'guest-overlap': 'a sentence' },
    tookMs: 12.5,
  },
});

test('results are read again as they were written, and are added to', ({}, info) => {
  const file = info.outputPath('results.jsonl');
  const results = new Results(file);
  results.add(result(0));
  results.add(result(1));
  const again = new Results(file);
  expect(again.all).toEqual([result(0), result(1)]);
  again.add(result(2));
  expect(new Results(file).all).toHaveLength(3);
  expect(new Results(file, true).all).toEqual([]);
});

test('files of xl are kept as texts', ({}, info) => {
  const file = info.outputPath('results.jsonl');
  const texts = { 'a.cfg': 'name = "größer"\n', 'host.dts': '/dts-v1/;\n/ { };\n' };
  const ofXl = { ...result(0), files: { texts } };
  new Results(file).add(ofXl);
  expect(new Results(file).all).toEqual([ofXl]);
});

test('a line that was cut off counts for nothing, one within that is damaged is told', async ({}, info) => {
  const file = info.outputPath('results.jsonl');
  new Results(file).add(result(0));
  const [line = ''] = readFileSync(file, 'utf8').split('\n');
  appendFileSync(file, line.slice(0, 40));
  expect(new Results(file).all).toEqual([result(0)]);
  // What is added goes on where the whole lines end.
  new Results(file).add(result(1));
  expect(new Results(file).all).toEqual([result(0), result(1)]);

  writeFileSync(file, `${line}\n{"index":1}\n${line}\n`);
  const error = await failureOf(() => new Results(file));
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain(`${file}:2`);
  expect(error.message).toContain('run it with --fresh to begin anew');
});

test('a file that cannot be written is told with what to do', async ({}, info) => {
  const file = info.outputPath('results.jsonl');
  const results = new Results(file);
  mkdirSync(file, { recursive: true });
  const error = await failureOf(() => {
    results.add(result(0));
  });
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain('the result cannot be written');
});

test('another hypervisor is not counted with the one before', async ({}, info) => {
  const results = new Results(info.outputPath('results.jsonl'));
  results.add(result(0));
  results.checkSubject('xen probe');
  const error = await failureOf(() => {
    results.checkSubject('xen of today');
  });
  expect(error.message).toContain('run it with --fresh to begin anew');
});

test('boots that the host spoils are no results, and end a run when they are many', async ({}, info) => {
  const fault = new EnvironmentError({ who: 'QEMU', what: 'is gone' });
  const { name, layout, capabilities } = boardWith();
  const board: Board = {
    ...{ name, layout, capabilities },
    hypervisorCapabilities: () => [],
    start: () => Promise.reject(fault),
  };
  const spoiled: number[] = [];
  const target = targetNamed('4.20');
  const options: AgreementOptions = {
    ...{ target, seed: '1', count: 20, workers: 1 },
    observer: () => dom0lessObserver({ board, flavour: undefined, target, seed: '1' }),
    directory: info.outputPath('runs'),
    results: new Results(info.outputPath('results.jsonl')),
    onSpoiled: (index) => spoiled.push(index),
  };
  expect(await failureOf(() => agreement(options))).toBe(fault);
  expect(spoiled).toEqual([0, 1, 2, 3, 4]);
  expect(options.results.all).toEqual([]);
});
