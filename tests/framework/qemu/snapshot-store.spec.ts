// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Keeping } from '../../../lib/host/least-used.ts';
import { SnapshotStore } from '../../../lib/qemu/snapshot-store.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

/** A store, and a maker that counts how often it is asked. */
function counted(
  directory: string,
  keep: Partial<Keeping> = {},
): {
  take: (identity: string) => Promise<string>;
  made: () => number;
} {
  const store = new SnapshotStore(directory, keep);
  let made = 0;
  const make = (partial: string): Promise<void> => {
    made += 1;
    writeFileSync(join(partial, 'ram'), `ram ${made}`);
    writeFileSync(join(partial, 'state'), `state ${made}`);
    return Promise.resolve();
  };
  return {
    take: async (identity) => (await store.take(identity, Deadline.after(20_000), make)).ram,
    made: () => made,
  };
}

const overwrite = (path: string, text: string): void => {
  chmodSync(path, 0o644);
  writeFileSync(path, text);
};

test('a machine is saved once for one identity, also when two ask at once', async ({}, info) => {
  const store = counted(info.outputPath('snapshots'));
  const [one, two] = await Promise.all([store.take('a'), store.take('a')]);
  const three = await store.take('a');

  expect(store.made()).toBe(1);
  expect([two, three]).toEqual([one, one]);
  expect(readFileSync(one, 'utf8')).toBe('ram 1');
});

test('another identity is another machine', async ({}, info) => {
  const store = counted(info.outputPath('snapshots'));

  expect(await store.take('a')).not.toBe(await store.take('b'));
  expect(store.made()).toBe(2);
});

for (const file of ['ram', 'state'])
  test(`a saved machine whose ${file} was written to is made anew`, async ({}, info) => {
    const store = counted(info.outputPath('snapshots'));
    const path = join(await store.take('a'), '..', file);
    overwrite(path, `${file} X`);
    await store.take('a');

    expect(store.made()).toBe(2);
    expect(readFileSync(path, 'utf8')).toBe(`${file} 2`);
  });

test('a saved machine without its record is made anew', async ({}, info) => {
  const store = counted(info.outputPath('snapshots'));
  const ram = await store.take('a');
  overwrite(join(ram, '../snapshot.json'), '{"identity":');

  expect(await store.take('a')).toBe(ram);
  expect(store.made()).toBe(2);
});

test('what fails half-way is not kept, and its cause is told', async ({}, info) => {
  const directory = info.outputPath('snapshots');
  const store = new SnapshotStore(directory);
  const cause = new Error('the disk is full');
  const broken = store.take('a', Deadline.after(20_000), (partial) => {
    writeFileSync(join(partial, 'ram'), 'half');
    return Promise.reject(cause);
  });

  await expect(broken).rejects.toBe(cause);
  expect(readdirSync(directory).filter((name) => !name.endsWith('.partial'))).toEqual([]);
});

test('what a killed process left half-written is replaced', async ({}, info) => {
  const directory = info.outputPath('snapshots');
  const probe = counted(directory);
  const ram = await probe.take('a');
  const partial = `${join(ram, '..')}.partial`;
  mkdirSync(partial);
  writeFileSync(join(partial, 'ram'), 'half');
  overwrite(ram, 'changed');
  await probe.take('a');

  expect(readFileSync(ram, 'utf8')).toBe('ram 2');
  expect(existsSync(partial)).toBe(false);
});

test('of saved machines that nobody used lately those that were used last stay', async ({}, info) => {
  const directory = info.outputPath('snapshots');
  const store = counted(directory, { newest: 2 });
  const rams: string[] = [];
  for (const identity of ['a', 'b', 'c']) rams.push(await store.take(identity));
  const [a = '', b = '', c = ''] = rams;
  expect(rams.map((ram) => existsSync(ram))).toEqual([true, true, true]);
  rams.forEach((ram, index) => {
    utimesSync(join(ram, '..'), 1000 + index, 1000 + index);
  });
  await store.take('a');

  const d = await store.take('d');

  expect([a, b, c, d].map((ram) => existsSync(ram))).toEqual([true, false, false, true]);
  expect(store.made()).toBe(4);
});
