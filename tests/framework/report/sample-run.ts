// SPDX-License-Identifier: Apache-2.0
import type {
  AttemptResult,
  ErrorResult,
  RunResult,
  TestResult,
} from '../../../lib/report/model.ts';

/** An attempt that passed, but for what `changes` says. */
export function attempt(changes: Partial<AttemptResult> = {}): AttemptResult {
  return {
    id: '00000000000000a0',
    startedAt: '2026-11-24T09:52:56.250Z',
    durationMs: 212.4567,
    status: 'passed',
    errors: [],
    attachments: [],
    facts: {},
    ...changes,
  };
}

/** A test on the ZCU102 that passed, but for what `changes` says. */
export function testResult(changes: Partial<TestResult> = {}): TestResult {
  const titlePath = changes.titlePath ?? ['the borrower reads every word the owner wrote'];
  return {
    id: '00000000000000b0',
    title: titlePath.at(-1) ?? '',
    titlePath,
    file: 'tests/shared-memory/owner-and-borrower.spec.ts',
    line: 12,
    column: 1,
    project: 'zcu102-a',
    tags: [],
    capabilities: { required: [], missing: [] },
    outcome: 'passed',
    attempts: [attempt()],
    properties: {},
    ...changes,
  };
}

const stale: ErrorResult = {
  name: 'Error',
  message: "expect(borrower.page('mailbox')).toHold(address pattern)\n\n  64 of 512 words differ",
  stack: 'Error: expect(...)\n    at tests/shared-memory/cache.spec.ts:20:5',
  location: { file: 'tests/shared-memory/cache.spec.ts', line: 20, column: 5 },
  fault: 'assertion',
};

const gone: ErrorResult = {
  name: 'EnvironmentError',
  message: 'zcu102-a: its serial port <ttyUSB0> is gone\n  to do: plug it in & try again',
  fault: 'environment',
};

const facts = { board: ['zcu102-a'], 'xen-version': ['4.20.0'], 'config-sha256': ['ab'] };

const log = (path: string): AttemptResult['attachments'][number] => ({
  name: 'console.log',
  contentType: 'text/plain',
  path,
});

const tests: TestResult[] = [
  testResult({
    properties: { ...facts, proved: ['4096 bytes crossed'], 'stage-xen-ms': ['61.2'] },
    attempts: [
      attempt({ status: 'failed', errors: [gone], fault: 'environment' }),
      attempt({ facts, attachments: [log('zcu102-a/first/console.log')] }),
    ],
    outcome: 'flaky',
  }),
  testResult({
    titlePath: ['without a clean', 'the borrower sees stale words'],
    line: 30,
    file: 'tests/shared-memory/cache.spec.ts',
    outcome: 'failed',
    fault: 'assertion',
    properties: { ...facts, 'config-sha256': ['cd'] },
    attempts: [
      attempt({ status: 'failed', errors: [stale], fault: 'assertion' }),
      attempt({
        status: 'failed',
        errors: [stale],
        fault: 'assertion',
        attachments: [log('zcu102-a/second/console.log'), log('zcu102-a/no[te]/console.log')],
        stdout: 'said the test\n',
      }),
    ],
  }),
  testResult({
    titlePath: ['a device page refuses an unaligned access'],
    line: 44,
    file: 'tests/shared-memory/cache.spec.ts',
    outcome: 'skipped',
    skipKind: 'missing-capability',
    skipReason: 'zcu102-a has no device-alignment-fault',
    capabilities: { required: ['device-alignment-fault'], missing: ['device-alignment-fault'] },
    attempts: [attempt({ status: 'skipped', durationMs: 0 })],
    properties: { ...facts, missing: ['device-alignment-fault'] },
  }),
  testResult({ titlePath: ['the owner reads it back'], line: 24, properties: facts }),
  testResult({
    titlePath: ['the port answers'],
    line: 50,
    outcome: 'error',
    fault: 'environment',
    attempts: [attempt({ status: 'failed', errors: [gone], fault: 'environment' })],
    properties: facts,
  }),
];

/** A run with a bit of everything. */
export const sampleRun: RunResult = {
  schemaVersion: 1,
  run: {
    id: '20261124-095256-4242',
    startedAt: '2026-11-24T09:52:55.000Z',
    durationMs: 4183.21,
    status: 'failed',
    gitRevision: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    seed: '7',
    command: 'playwright test',
    exitCode: 1,
    host: { name: 'labhost1', node: 'v20.20.2', platform: 'linux-x64' },
    tools: { playwright: '1.65.1' },
    errors: [],
  },
  projects: [
    {
      name: 'zcu102-a',
      board: 'zcu102-a',
      xenVersion: '4.20.0',
      properties: { board: ['zcu102-a'], 'xen-version': ['4.20.0'], 'config-sha256': ['ab', 'cd'] },
    },
  ],
  tests,
  mechanisms: [],
};

/** Where the sample run lies. */
export const samplePlace = {
  attachments: 'gitlab',
  root: '/lab/crosspage',
  directory: '/lab/crosspage/reports/20261124-095256-4242',
} as const;
