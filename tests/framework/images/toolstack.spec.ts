// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { changesTools } from '../../../lib/images/build-toolstack.ts';
import { bootedImages, openCatalogue, recipeOf } from '../../../lib/images/catalogue.ts';
import { imageSetOf } from '../../../lib/images/image-set.ts';
import { ownToolstack } from '../../../lib/images/own-toolstack.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { preferFlavour } from '../../../lib/images/prefer-flavour.ts';
import type { Catalogue } from '../../../lib/images/recipes.ts';
import { recipeChain, stateOf } from '../../../lib/images/store.ts';
import { toolstackCapabilities } from '../../../lib/images/toolstack-capabilities.ts';
import { failureOf } from './failure-of.ts';

const name = 'toolstack-shared-memory';

/** The project's data, with nothing built yet. */
function catalogueIn(build: string): Catalogue {
  return openCatalogue({ ...placesOf({}), build });
}

/** Says that the image that `recipe` describes has been made. */
function pretend(catalogue: Catalogue, recipe = recipeOf(catalogue, name)): void {
  if (recipe === undefined) throw new Error('no recipe');
  const { directory } = stateOf(catalogue.places, { ...recipe, fallback: recipe });
  mkdirSync(directory, { recursive: true });
  const record = { version: '4.20.3', sha256: 'ab', main: 'root/usr/sbin/xl' };
  const more = { extra: { root: 'root' }, capabilities: ['xl-static-shm'] };
  writeFileSync(join(directory, 'image.json'), JSON.stringify({ ...record, ...more }));
}

test('the series of patches is complete and in its order', () => {
  const { manifest, places } = openCatalogue(placesOf({}));
  const hypervisor = manifest.hypervisors['shared-memory'];
  const directory = join(places.root, 'images/xen/patches');
  const files = readdirSync(directory).filter((file) => file.endsWith('.patch'));

  expect(hypervisor?.from).toBe('source');
  expect(hypervisor?.from === 'source' ? hypervisor.patches : []).toEqual(
    files.sort().map((file) => `patches/${file}`),
  );
  for (const file of files) {
    const header = /^SPDX-License-Identifier: (L?GPL-2\.[01]-only)\nSubject: \S.*\n\n\S/;
    expect(readFileSync(join(directory, file), 'utf8'), file).toMatch(header);
  }
});

test('it is built of the version that its hypervisor was made of', ({}, info) => {
  const catalogue = catalogueIn(info.outputPath());
  const hypervisor = recipeOf(catalogue, 'xen-shared-memory');
  const [first, fallback] = hypervisor === undefined ? [] : recipeChain(hypervisor);
  const before = recipeOf(catalogue, name);
  if (fallback !== undefined) pretend(catalogue, fallback);
  const after = recipeOf(catalogue, name);

  expect(before?.source).toBe(first?.source);
  expect(after?.source).toBe(fallback?.source);
  expect(after?.source).not.toBe(before?.source);
  expect(after?.downloads.slice(0, 2)).toEqual(fallback?.downloads);
});

test('it is among what every set-up makes: tests of its hypervisor create domains by it', () => {
  expect(bootedImages(openCatalogue(placesOf({})))).toContain(name);
});

test('a toolstack whose base is no hypervisor built from source is an error', async ({}, info) => {
  const catalogue = catalogueIn(info.outputPath());
  const data = { ...catalogue.manifest.toolstacks['shared-memory'], hypervisor: 'debian' };
  const toolstacks = { 'shared-memory': data } as typeof catalogue.manifest.toolstacks;
  const manifest = { ...catalogue.manifest, toolstacks };
  const error = await failureOf(() => recipeOf({ ...catalogue, manifest }, name));

  expect(error.message).toBe(
    'toolstack-shared-memory: its hypervisor "debian" is no flavour that is built from source\n' +
      '  to do: correct images/manifest.json',
  );
});

test('one that has not been built says what to run; one that has is found', async ({}, info) => {
  const catalogue = catalogueIn(info.outputPath());
  const error = await failureOf(() => imageSetOf(catalogue).toolstack('shared-memory'));
  pretend(catalogue);
  const image = imageSetOf(catalogue).toolstack('shared-memory');

  expect(error.story.remedy).toBe('run: npx crosspage images build toolstack-shared-memory');
  expect(error.fault).toBe('environment');
  expect(image).toMatchObject({ name: 'shared-memory', capabilities: ['xl-static-shm'] });
  expect(image.root).toMatch(/toolstack-shared-memory-[0-9a-f]{12}\/root$/);
});

test('of Debian’s patches it gets those that change the tools’ C alone', () => {
  const patch = (...files: string[]): string =>
    files.map((file) => `--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-a\n+b\n`).join('');

  expect(changesTools(patch('tools/libs/light/libxl_create.c'))).toBe(true);
  expect(changesTools(patch('tools/xl/xl.c', 'tools/configure.ac'))).toBe(false);
  expect(changesTools(patch('xen/common/kernel.c'))).toBe(false);
  expect(changesTools('Subject: nothing\n')).toBe(false);
});

test('the words in xl tell what it can do', () => {
  const of = (text: string): string[] => toolstackCapabilities(Buffer.from(text));

  expect(of('iomem\0xl: Invalid argument parsing iomem: %s\n\0')).toEqual([]);
  expect(of('static_shm\0')).toEqual(['xl-static-shm']);
  expect(of('xl: Invalid iomem cache parameter: %s\n\0')).toEqual(['xl-iomem-cacheable']);
});

test.describe('a toolstack of the user’s own', () => {
  function install(root: string, path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test('is told by its xl, not by the script that stands for it', ({}, info) => {
    const root = info.outputPath();
    install(root, 'usr/sbin/xl', '#!/bin/sh\n');
    install(root, 'usr/lib/xen-4.20/bin/xl', 'static_shm');

    expect(ownToolstack(root)).toMatchObject({
      name: 'own',
      root,
      capabilities: ['xl-static-shm'],
    });
  });

  test('may lie below usr/local', ({}, info) => {
    install(info.outputPath(), 'usr/local/sbin/xl', 'xl');

    expect(ownToolstack(info.outputPath()).capabilities).toEqual([]);
  });

  test('without an xl is an error that says where it was looked for', async ({}, info) => {
    const error = await failureOf(() => ownToolstack(info.outputPath()));

    expect(error.message).toBe(
      'CROSSPAGE_TOOLSTACK: has no xl: looked for usr/sbin/xl, usr/local/sbin/xl, ' +
        'usr/lib/xen-*/bin/xl\n' +
        `  look at: ${info.outputPath()}\n` +
        '  to do: name the directory that `make install-tools DESTDIR=...` filled',
    );
  });
});

test('a flavour is preferred unless the run chose what to boot', () => {
  expect(preferFlavour('shared-memory', {})).toEqual({ flavour: 'shared-memory' });
  expect(preferFlavour('shared-memory', { CROSSPAGE_XEN: '/x/xen' })).toEqual({});
  expect(preferFlavour('shared-memory', { CROSSPAGE_FLAVOUR: 'debian' })).toEqual({});
});
