// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { compiledEntries } from '../../../lib/images/build-compiled.ts';
import type { LockedImage } from '../../../lib/images/lock-file.ts';
import type { Workshop } from '../../../lib/images/store.ts';

const headers = { files: [] } as unknown as LockedImage;

function workshopIn(directory: string): Workshop {
  const progress = { detail: () => undefined };
  const download = (): string => '';
  return { directory, download, progress } as unknown as Workshop;
}

test('a root file system without programs of ours needs no headers, and gets nothing', async ({}, info) => {
  expect(await compiledEntries(workshopIn(info.outputPath()), headers, [])).toEqual([]);
});

test('headers that are not those of a kernel are an error that says how they come', async ({}, info) => {
  const compiled = [{ directory: 'images/linux', modules: ['one'], programs: [] }];

  await expect(compiledEntries(workshopIn(info.outputPath()), headers, compiled)).rejects.toThrow(
    'linux-headers: images/lock.json names no headers of the kernel\n' +
      '  to do: run: npx crosspage images update linux',
  );
});
