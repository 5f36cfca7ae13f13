// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import type { Compared } from '../../../lib/agreement/agreement.ts';
import { type Agreement, disagrees, judge } from '../../../lib/agreement/judge.ts';
import type { Observation } from '../../../lib/agreement/observe.ts';
import { byMistake, byRule, nothingWrong, total } from '../../../lib/agreement/sums.ts';
import type { Finding } from '../../../lib/lint/finding.ts';
import type { RuleName } from '../../../lib/lint/rules.ts';

const finding = (rule: RuleName, severity: Finding['severity'] = 'error'): Finding => ({
  ...{ rule, severity, where: { file: 'host.dtb' } },
  ...{ message: '', consequence: '', fix: '' },
});

const seen = (works: boolean, proofs: Observation['proofs'] = {}): Observation => ({
  kind: works ? 'up' : 'panic',
  text: '',
  faults: works ? [] : [{ assertion: 'the system comes up', message: 'it panics' }],
  proofs,
  tookMs: 1,
});

const proof = { 'guest-overlap': 'frame 0x1 is where the RAM was' };

for (const [title, findings, observation, agreement] of [
  ['nothing found, it works', [], seen(true), 'right'],
  ['a warning, it works', [finding('option-unknown', 'warning')], seen(true), 'right'],
  ['an error, it does not work', [finding('shm-id')], seen(false), 'hit'],
  ['nothing found, it does not work', [], seen(false), 'miss'],
  ['a warning alone, it does not work', [finding('shm-owner', 'warning')], seen(false), 'miss'],
  [
    'a warning of what depends on the machine',
    [finding('guest-beyond', 'warning')],
    seen(false),
    'warned',
  ],
  ['an error, it works', [finding('shm-id')], seen(true), 'false-alarm'],
  [
    'an error that may boot, with its proof',
    [finding('guest-overlap')],
    seen(true, proof),
    'quiet',
  ],
  ['an error that may boot, without', [finding('guest-overlap')], seen(true), 'false-alarm'],
  [
    'two errors, one proved',
    [finding('guest-overlap'), finding('shm-id')],
    seen(true, proof),
    'false-alarm',
  ],
] as const satisfies readonly (readonly [string, readonly Finding[], Observation, Agreement])[])
  test(`${title}: ${agreement}`, () => {
    const judged = judge(findings, observation);
    expect(judged.agreement).toBe(agreement);
    expect(disagrees(agreement)).toBe(agreement === 'miss' || agreement === 'false-alarm');
  });

test('sums are by mistake, by rule, and of all', () => {
  const compared = (
    mistake: string | undefined,
    findings: readonly Finding[],
    observation: Observation,
  ): Compared => ({
    result: {
      ...{ index: 0, seed: '1', subject: '', mistake, observation },
      files: { host: new Uint8Array(), partials: [], loads: [] },
    },
    judged: judge(findings, observation),
  });
  const all = [
    compared(undefined, [], seen(true)),
    compared('no id', [finding('shm-id'), finding('shm-owner', 'warning')], seen(false)),
    compared('no id', [], seen(false)),
  ];
  const counts = { right: 0, hit: 0, miss: 0, 'false-alarm': 0, quiet: 0, warned: 0 };
  expect(byMistake(all)).toEqual([
    { name: nothingWrong, configurations: 1, counts: { ...counts, right: 1 } },
    { name: 'no id', configurations: 2, counts: { ...counts, hit: 1, miss: 1 } },
  ]);
  // A warning beside an error is not what the system failed of.
  expect(byRule(all)).toEqual([
    { name: 'shm-id', configurations: 1, counts: { ...counts, hit: 1 } },
  ]);
  expect(total(all).counts).toEqual({ ...counts, right: 1, hit: 1, miss: 1 });
});
