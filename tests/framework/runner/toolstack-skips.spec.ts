// SPDX-License-Identifier: Apache-2.0
// On a hypervisor without what they need the tests of the toolstack are skipped, and say why.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { boardCapabilities } from '../../../lib/boards/board.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { runResultSchema, type TestResult } from '../../../lib/report/model.ts';
import { finishRun, read } from './run.ts';

const { root } = placesOf({});

// A runner starts, on a host that does other things too.
test.setTimeout(240_000);

/** Those that need more than upstream's toolstack has. */
const files = ['ends', 'iomem', 'linux', 'static-shm-refused', 'static-shm'];

/** What becomes of them on that flavour. */
async function runOn(flavour: string): Promise<TestResult[]> {
  const run = `toolstack-skips-${flavour}`;
  const outer = /^(TEST_|PW|PLAYWRIGHT|CROSSPAGE_|FORCE_COLOR$|DEBUG_COLORS$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !outer.test(key)));
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  const specs = files.map((file) => `tests/toolstack/${file}.spec.ts`);
  // What upstream refuses is tested on upstream's.
  const args = ['test', '--project=qemu-virt', '--workers=1', '--grep-invert=upstream', ...specs];
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: root,
    env: { ...env, CROSSPAGE_FLAVOUR: flavour, CROSSPAGE_RUN: run },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect((await finishRun(child)).code).toBe(0);
  const results = await read(join(root, 'reports', run), 'results.json');
  return runResultSchema.parse(JSON.parse(results)).tests;
}

for (const flavour of ['debian', 'static-shm'])
  test(`on ${flavour} they are skipped, each with what is missing`, async () => {
    const tests = await runOn(flavour);

    for (const file of files)
      expect(tests.map((one) => one.file)).toContain(`tests/toolstack/${file}.spec.ts`);
    for (const { title, outcome, capabilities, skipReason } of tests) {
      const { required, missing } = capabilities;
      expect([title, outcome]).toEqual([title, 'skipped']);
      // The emulated board itself lacks nothing.
      const ofBoard = (need: string): boolean => boardCapabilities.some((one) => one === need);
      expect(missing, title).toEqual(required.filter((need) => !ofBoard(need)));
      expect(missing.length, title).toBeGreaterThan(0);
      const reasons = missing.map((need) => `this toolstack or its hypervisor has no ${need}`);
      expect(skipReason).toBe(reasons.join('; '));
    }
  });
