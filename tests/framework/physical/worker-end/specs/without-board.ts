// SPDX-License-Identifier: Apache-2.0
// Begins when the board has been left, by its file's name, and goes on until it is killed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '@playwright/test';

test('idle: a test that needs no board goes on', async () => {
  writeFileSync(join(process.env['CROSSPAGE_INNER_RUN'] ?? '', 'idle'), '');
  await new Promise(() => undefined);
});
