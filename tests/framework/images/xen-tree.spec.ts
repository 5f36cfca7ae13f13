// SPDX-License-Identifier: Apache-2.0
// Whether a tree of Xen builds, with make itself and Makefiles of a few lines.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { buildXenTree } from '../../../lib/images/xen-tree.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';

/** A tree whose compiler is killed the first time; then its source is found to be wrong. */
function treeIn(directory: string): string {
  mkdirSync(join(directory, 'xen'), { recursive: true });
  const makefile = `olddefconfig clean:
\t@true
build:
\t@test -e killed || { touch killed; kill -KILL $$$$; }
\t@echo 'domain.c:1: error: no such thing' >&2; exit 1
`;
  writeFileSync(join(directory, 'xen/Makefile'), makefile);
  return directory;
}

test('a compiler that was killed says nothing of a tree, and its build is tried again', async ({}, {
  outputDir,
}) => {
  const source = treeIn(join(outputDir, 'tree'));
  const kept = join(outputDir, 'kept');
  const build = (): ReturnType<typeof buildXenTree> => buildXenTree(source, kept, { config: '' });

  const first = build();
  await expect(first).rejects.toThrow(EnvironmentError);
  await expect(first).rejects.toThrow(
    /before it was known whether Xen builds\n {2}last seen: .*Killed/,
  );
  expect(existsSync(join(kept, 'does-not-build'))).toBe(false);

  expect(await build()).toMatchObject({
    kind: 'unbuildable',
    why: expect.stringContaining('domain.c:1: error: no such thing'),
  });
  expect(existsSync(join(kept, 'does-not-build'))).toBe(true);
});
