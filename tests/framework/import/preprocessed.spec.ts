// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { preprocessed } from '../../../lib/cli/preprocessed.ts';

for (const directive of ['#if 0 || 0', '#if !(1 && 1)'])
  test(`what ${directive} leaves out is not of the tree`, async ({}, { outputDir }) => {
    const file = join(outputDir, 'host.dts');
    const text = `/dts-v1/;\n/ {\n${directive}\n\tleft-out;\n#else\n\tkept;\n#endif\n};\n`;
    mkdirSync(outputDir, { recursive: true });
    writeFileSync(file, text);

    const { text: made } = await preprocessed({ file, text });

    expect(made).toContain('kept;');
    expect(made).not.toContain('left-out');
  });
