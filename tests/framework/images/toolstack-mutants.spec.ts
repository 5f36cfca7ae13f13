// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { changedParts } from '../../../lib/images/build-toolstack-mutant.ts';
import { openCatalogue, recipeOf } from '../../../lib/images/catalogue.ts';
import { imageSetOf } from '../../../lib/images/image-set.ts';
import { placesOf } from '../../../lib/images/places.ts';
import type { Catalogue } from '../../../lib/images/recipes.ts';
import { stateOf } from '../../../lib/images/store.ts';
import { failureOf } from './failure-of.ts';

const { root } = placesOf({});

/** Says that an image has been made. */
function pretend(catalogue: Catalogue, name: string): void {
  const recipe = recipeOf(catalogue, name);
  if (recipe === undefined) throw new Error('no recipe');
  const { directory } = stateOf(catalogue.places, { ...recipe, fallback: recipe });
  mkdirSync(directory, { recursive: true });
  const record = { version: '4.20.3', sha256: name, main: 'xen', extra: { root: 'root' } };
  writeFileSync(join(directory, 'image.json'), JSON.stringify(record));
}

test('a patch tells which parts are made again, in their order', () => {
  const of = (...files: string[]): string[] =>
    changedParts('one', files.map((file) => `--- a/${file}\n+++ b/${file}\n`).join(''));

  expect(of('tools/libs/light/libxl_arm.c')).toEqual(['libs/light']);
  expect(of('tools/xl/xl_parse.c', 'tools/libs/light/a.c', 'tools/libs/ctrl/b.h')).toEqual([
    'libs/ctrl',
    'libs/light',
    'xl',
  ]);
});

test('a patch of anything else is an error that names it', async () => {
  for (const file of ['xen/common/domctl.c', 'tools/libs/light/libxl_types.idl'])
    expect((await failureOf(() => changedParts('one', `+++ b/${file}\n`))).message).toBe(
      `mutant one: its patch changes ${file}: only C of tools/libs/* and tools/xl can be\n` +
        '  to do: images/xen/README.md says how one is written',
    );
  expect((await failureOf(() => changedParts('one', ''))).message).toContain('changes nothing');
});

test('every patch of a toolstack that is listed is one', () => {
  const { mutants, manifest } = openCatalogue(placesOf({}));

  expect(mutants.toolstacks.length).toBeGreaterThan(10);
  for (const { name, patch, base } of mutants.toolstacks) {
    const text = readFileSync(join(root, 'images/xen/mutants', patch), 'utf8');
    expect(changedParts(name, text).length, name).toBeGreaterThan(0);
    expect(Object.keys(manifest.toolstacks)).toContain(base);
  }
});

test('a mutant of a toolstack boots on the hypervisor of its base', ({}, info) => {
  const catalogue = openCatalogue({ ...placesOf({}), build: info.outputPath() });
  const [mutant] = catalogue.mutants.toolstacks;
  const flavour = `mutant-${mutant?.name ?? ''}`;
  pretend(catalogue, 'xen-shared-memory');
  pretend(catalogue, `toolstack-${flavour}`);
  const images = imageSetOf(catalogue);

  expect(images.hypervisor(flavour)).toMatchObject({ flavour, sha256: 'xen-shared-memory' });
  expect(images.toolstackOf(flavour)?.sha256).toBe(`toolstack-${flavour}`);
});

test('a mutant of a hypervisor goes with the toolstack of its base', ({}, info) => {
  const catalogue = openCatalogue({ ...placesOf({}), build: info.outputPath() });
  pretend(catalogue, 'toolstack-shared-memory');
  const images = imageSetOf(catalogue);
  const of = (wanted: string): string =>
    catalogue.mutants.hypervisors.find(({ base }) => base === wanted)?.name ?? '';

  const sha256 = 'toolstack-shared-memory';
  expect(images.toolstackOf(`mutant-${of('shared-memory')}`)).toMatchObject({ sha256 });
  expect(images.toolstackOf(`mutant-${of('static-shm')}`)).toBeUndefined();
});
