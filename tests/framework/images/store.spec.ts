// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Progress } from '../../../lib/host/progress.ts';
import { placesOf, type Places } from '../../../lib/images/places.ts';
import {
  cleanStore,
  makeImage,
  type Recipe,
  stateOf,
  type Workshop,
} from '../../../lib/images/store.ts';
import { pause } from '../../../lib/support/deadline.ts';

const silent = new Progress({ write: () => true });

function places(build: string): Places {
  return { ...placesOf({}), build };
}

/** A recipe that writes one file and counts how often it is followed. */
function counted(
  inputs: unknown,
  work?: (workshop: Workshop) => Promise<void>,
): [Recipe, string[]] {
  const made: string[] = [];
  const recipe: Recipe = {
    name: 'thing',
    kind: 'things',
    source: 'this test',
    licence: 'Apache-2.0',
    inputs,
    downloads: [],
    tools: [],
    make: async (workshop) => {
      made.push(workshop.directory);
      writeFileSync(join(workshop.directory, 'thing.bin'), 'thing');
      await work?.(workshop);
      return { version: '1', sourceVersion: '1', main: 'thing.bin', extra: {} };
    },
  };
  return [recipe, made];
}

test('an image is made once', async ({}, info) => {
  const [recipe, made] = counted(['a']);
  const first = await makeImage(places(info.outputPath()), recipe, silent);
  const second = await makeImage(places(info.outputPath()), recipe, silent);

  expect(made).toHaveLength(1);
  expect(second).toEqual(first);
  expect(first.record).toMatchObject({ name: 'thing', size: 5, licence: 'Apache-2.0' });
});

test('two runs at once make it once', async ({}, info) => {
  const [recipe, made] = counted(['a'], () => pause(50));
  const at = places(info.outputPath());
  await Promise.all([makeImage(at, recipe, silent), makeImage(at, recipe, silent)]);

  expect(made).toHaveLength(1);
});

test('other inputs make another image', async ({}, info) => {
  const at = places(info.outputPath());
  const [recipe] = counted(['a']);
  await makeImage(at, recipe, silent);

  expect(stateOf(at, counted(['b'])[0]).record).toBeUndefined();
});

test('a build that fails half-way is never taken for an image', async ({}, info) => {
  const at = places(info.outputPath());
  const [broken] = counted(['a'], () => Promise.reject(new Error('no')));
  await expect(makeImage(at, broken, silent)).rejects.toThrow('no');
  const state = stateOf(at, broken);

  expect(state.record).toBeUndefined();
  expect(existsSync(state.directory)).toBe(false);
  expect(existsSync(`${state.directory}.partial/thing.bin`)).toBe(true);

  const [good] = counted(['a']);
  await makeImage(at, good, silent);
  expect(stateOf(at, good).record).toBeDefined();
  expect(existsSync(`${state.directory}.partial`)).toBe(false);
});

test('clean deletes what no recipe asks for', async ({}, info) => {
  const at = places(info.outputPath());
  const [old] = counted(['old']);
  const [current] = counted(['current']);
  await makeImage(at, old, silent);
  await makeImage(at, current, silent);
  const gone = await cleanStore(at, [current], false);

  expect(gone).toEqual([stateOf(at, old).directory]);
  expect(readdirSync(info.outputPath('things'))).toHaveLength(1);
  expect(stateOf(at, current).record).toBeDefined();
});

test('cleaning deletes every saved machine', async ({}, info) => {
  const at = places(info.outputPath());
  mkdirSync(info.outputPath('snapshots/0123'), { recursive: true });

  expect(await cleanStore(at, [], false)).toEqual([info.outputPath('snapshots')]);
  expect(readdirSync(info.outputPath())).not.toContain('snapshots');
});

test('what a fallback made stands for the recipe, until that is made itself', async ({}, info) => {
  const at = places(info.outputPath());
  const [fallback] = counted(['old']);
  const recipe = { ...counted(['new'])[0], fallback };
  expect(stateOf(at, recipe).record).toBeUndefined();

  await makeImage(at, fallback, silent);
  expect(stateOf(at, recipe)).toEqual(stateOf(at, fallback));
  expect(await cleanStore(at, [recipe], false)).toEqual([]);

  await makeImage(at, recipe, silent);
  expect(stateOf(at, recipe)).not.toEqual(stateOf(at, fallback));
});
