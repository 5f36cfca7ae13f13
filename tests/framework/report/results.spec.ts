// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { fact, factKeyOf } from '../../../lib/report/annotations.ts';
import { factsOf, sharedFacts, wordsOf } from '../../../lib/report/facts.ts';
import { identityOf } from '../../../lib/report/identity.ts';
import { resultsJsonSchema, runResultSchema } from '../../../lib/report/model.ts';
import { sampleRun } from './sample-run.ts';

const committed = join(import.meta.dirname, '../../../lib/report/schema/results.schema.json');

test('the committed JSON schema is the one of the model', ({}, testInfo) => {
  const generated = resultsJsonSchema();
  if (testInfo.config.updateSnapshots === 'all')
    writeFileSync(committed, `${JSON.stringify(generated, undefined, 2)}\n`);

  expect(JSON.parse(readFileSync(committed, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(generated)),
  );
});

test('a run survives being written and read', () => {
  const read: unknown = JSON.parse(JSON.stringify(sampleRun));

  expect(runResultSchema.parse(read)).toEqual(sampleRun);
});

test('an annotation that is a fact tells its key, and any other has none', () => {
  expect(fact('image:xen', 'ab')).toEqual({ type: 'crosspage:image:xen', description: 'ab' });
  expect(factKeyOf('crosspage:image:xen')).toBe('image:xen');
  expect(factKeyOf('skip')).toBeUndefined();
});

test('facts keep their order, and a value that is told twice is one', () => {
  const facts = factsOf([
    fact('proved', 'b'),
    { type: 'issue', description: '#1' },
    fact('proved', 'a'),
    fact('proved', 'b'),
    fact('__proto__', 'x'),
    { type: 'crosspage:bare' },
  ]);

  expect(facts['proved']).toEqual(['b', 'a']);
  expect(facts['bare']).toEqual(['']);
  expect(Object.keys(facts)).toEqual(['proved', '__proto__', 'bare']);
});

test('what many tests ran on leaves out what is about one of them', () => {
  const tests = ['1', '2', '1'].map((version) => ({
    properties: {
      'xen-version': [version],
      proved: ['it'],
      requires: ['power'],
      missing: ['power'],
      records: ['3 received'],
      'stage-xen-ms': ['1.0'],
      'not-left': [`owner ${version} was asked to end`],
    },
  }));

  expect(sharedFacts(tests)).toEqual({ 'xen-version': ['1', '2'] });
});

test('names in a fact stand apart by spaces or commas', () => {
  expect(wordsOf({ requires: ['power  ssh,data-cache', ''] }, 'requires')).toEqual([
    'power',
    'ssh',
    'data-cache',
  ]);
  expect(wordsOf({}, 'requires')).toEqual([]);
});

test('an identity tells parts apart that only look alike when put together', () => {
  expect(identityOf('a', 'bc')).toMatch(/^[\da-f]{16}$/);
  expect(identityOf('a', 'bc')).toBe(identityOf('a', 'bc'));
  expect(identityOf('a', 'bc')).not.toBe(identityOf('ab', 'c'));
  expect(identityOf('a', 1)).not.toBe(identityOf('a', '1'));
});
