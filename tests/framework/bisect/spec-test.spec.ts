// SPDX-License-Identifier: Apache-2.0
// A spec of the user's as the test of a bisection, in a project with nothing else in it.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { cannotBeTried } from '../../../lib/bisect/observation.ts';
import { isSpec, observationOf, SpecTest } from '../../../lib/bisect/spec-test.ts';
import type { TestResult } from '../../../lib/report/model.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

const project = join(import.meta.dirname, '../../..');

/** A project whose tests report as ours do. */
function projectWith(root: string, spec: string): { root: string; spec: string } {
  mkdirSync(join(root, 'tests'), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  const reporter = JSON.stringify(join(project, 'lib/report/reporter.ts'));
  writeFileSync(
    join(root, 'playwright.config.ts'),
    `const run = ${JSON.stringify(`${root}/reports/`)} + process.env['CROSSPAGE_RUN'];
     export default { testDir: 'tests', projects: [{ name: 'qemu-virt' }, { name: 'other' }],
       outputDir: run + '/output', reporter: [[${reporter}, { runDirectory: run }]] };`,
  );
  const file = join(root, 'tests/mine.spec.ts');
  writeFileSync(file, spec);
  return { root, spec: file };
}

const spec = `import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
const text = () => readFileSync(process.env['CROSSPAGE_CONFIG'] + '/a.cfg', 'utf8');
test('has memory', () => {
  expect(text()).toContain('memory = 64');
});
test('never passes', () => {
  expect(1).toBe(2);
});
`;

test('a spec is run with the configuration’s directory, and judged by its results', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const { root, spec: file } = projectWith(join(outputDir, 'project'), spec);
  const one = await SpecTest.open(root, { spec: `${file}:4`, title: undefined }, 'qemu-virt', '');
  const observations = [];
  for (const [name, text] of Object.entries({ good: 'memory = 64\n', bad: 'memory = 96\n' })) {
    mkdirSync(join(outputDir, name));
    writeFileSync(join(outputDir, name, 'a.cfg'), text);
    observations.push(await one.run(join(outputDir, name), join(root, 'reports', name)));
  }

  expect(observations.map(({ faults }) => faults.map(({ assertion }) => assertion))).toEqual([
    [],
    ['"has memory": expect(received).toContain(expected) // indexOf'],
  ]);
  expect(readdirSync(join(root, 'reports/bad'))).toContain('results.json');
  expect(readFileSync(join(root, 'reports/bad/output.log'), 'utf8')).toContain('FAIL');
});

test('a test that does not exist is refused before anything is run', async ({}, { outputDir }) => {
  test.setTimeout(180_000);
  const { root, spec: file } = projectWith(join(outputDir, 'project'), spec);
  const open = (choice: Parameters<typeof SpecTest.open>[1]): Promise<SpecTest> =>
    SpecTest.open(root, choice, 'qemu-virt', '');

  await expect(open({ spec: join(root, 'none.spec.ts'), title: undefined })).rejects.toThrow(
    /none\.spec\.ts: is no test: there is no such file/,
  );
  await expect(open({ spec: `${file}:40`, title: undefined })).rejects.toThrow(
    /mine\.spec\.ts:40: is no test: Playwright finds none/,
  );
  await expect(open({ spec: undefined, title: 'has no such title' })).rejects.toThrow(
    "-g 'has no such title': is no test",
  );
});

test('a helper that changed makes it another test, by a file or by a title', async ({}, {
  outputDir,
}) => {
  test.setTimeout(180_000);
  const importing = `import { least } from './helper.ts';\n${spec.replace('64', '${least}')}`;
  const { root, spec: file } = projectWith(join(outputDir, 'project'), importing);
  const helper = join(root, 'tests/helper.ts');
  const identities = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const choice of [
      { spec: file, title: undefined },
      { spec: undefined, title: 'has memory' },
      { spec: undefined, title: 'never passes' },
    ])
      found.push((await SpecTest.open(root, choice, 'qemu-virt', '')).identity);
    return found;
  };

  writeFileSync(helper, 'export const least = 64;\n');
  const before = await identities();
  writeFileSync(helper, 'export const least = 96;\n');
  const after = await identities();

  // Each of both is a test of its own.
  expect(new Set([...before, ...after]).size).toBe(6);
});

const result = (over: Partial<TestResult>): TestResult => ({
  ...{ id: '', title: 'a', titlePath: ['a'], file: 'a.spec.ts', line: 1, column: 1 },
  ...{ project: 'qemu-virt', tags: [], capabilities: { required: [], missing: [] } },
  ...{ outcome: 'passed', attempts: [], properties: {} },
  ...over,
});
const observed = (...tests: TestResult[]): ReturnType<typeof observationOf> =>
  observationOf({ tests, run: { errors: [] } as never }, '/conf', 1);

test('what the environment spoilt is neither good nor bad', () => {
  const spoilt = result({ outcome: 'error', fault: 'environment' });

  expect(() => observed(spoilt, result({}))).toThrow(EnvironmentError);
  expect(() => observed(spoilt, { ...spoilt, title: 'b' })).toThrow(EnvironmentError);
  expect(() => observed(result({ outcome: 'blocked', fault: 'blocked' }))).toThrow(
    '"a": was not judged: the environment was in the way',
  );
  expect(observed(spoilt, result({ title: 'b', outcome: 'failed' })).faults).toHaveLength(1);
});

test('where every test was skipped, nothing can be tried', () => {
  const skipped = result({ outcome: 'skipped', skipReason: 'no board' });

  expect(observed(skipped).faults).toEqual([
    { assertion: cannotBeTried, message: 'no test ran: no board' },
  ]);
  expect(observed(skipped, result({})).faults).toEqual([]);
});

test('a spec is told from the name of a sharing', () => {
  expect(['tests/a.spec.ts', 'a.spec.ts:12', 'my/a.test.mjs:1:2'].map(isSpec)).toEqual([
    ...[true, true, true],
  ]);
  expect(['mailbox', 'boot', 'a.spec'].map(isSpec)).toEqual([false, false, false]);
});
