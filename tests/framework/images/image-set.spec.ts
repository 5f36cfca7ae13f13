// SPDX-License-Identifier: Apache-2.0
import { chmodSync, writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { openCatalogue } from '../../../lib/images/catalogue.ts';
import { imageSetOf } from '../../../lib/images/index.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { ownQemu } from '../../../lib/images/qemu-program.ts';
import type { Catalogue } from '../../../lib/images/recipes.ts';
import { failureOf } from './failure-of.ts';

/** A program that prints `line`, whatever it is asked. */
function stub(path: string, line: string): string {
  writeFileSync(path, `#!/bin/sh\necho '${line}'\n`);
  chmodSync(path, 0o755);
  return path;
}

function emptyCatalogue(build: string): Catalogue {
  return openCatalogue({ ...placesOf({}), build });
}

test('a hypervisor that is not built says what to run', async ({}, info) => {
  const images = imageSetOf(emptyCatalogue(info.outputPath()));
  const error = await failureOf(() => images.hypervisor('debian'));

  expect(error.message.replace(/debian-[0-9a-f]{12}/, 'debian-KEY')).toBe(
    'xen-debian: this image has not been built, or its sources have changed since\n' +
      `  look at: ${info.outputPath('xen/xen-debian-KEY')}\n` +
      '  to do: run: npx crosspage images build',
  );
  expect(error.fault).toBe('environment');
});

test('a flavour that is not in the manifest is named, with those that are', async ({}, info) => {
  const catalogue = emptyCatalogue(info.outputPath());
  const flavours = Object.keys(catalogue.manifest.hypervisors);
  const error = await failureOf(() => imageSetOf(catalogue).hypervisor('bogus'));

  expect(flavours).toContain('debian');
  expect(error.message).toBe(
    'bogus: is not a flavour of hypervisor\n' +
      `  last seen: there are: ${flavours.join(', ')}\n` +
      '  to do: correct the name, or add it to images/manifest.json',
  );
  expect(error.fault).toBe('misuse');
});

test('a probe that does not exist is named', async ({}, info) => {
  const images = imageSetOf(emptyCatalogue(info.outputPath()));
  const error = await failureOf(() => images.probe('bogus'));

  expect(error.story.who).toBe('probe-bogus');
  expect(error.fault).toBe('misuse');
});

test('the QEMU that the user names is used', ({}, info) => {
  const path = stub(info.outputPath('qemu'), 'QEMU emulator version 10.1.0');

  expect(ownQemu({ least: '9.0' }, { CROSSPAGE_QEMU: path })).toEqual({
    path,
    env: {},
    version: '10.1.0',
  });
});

test('a QEMU that is too old is refused when the user names it', async ({}, info) => {
  const path = stub(info.outputPath('qemu'), 'QEMU emulator version 7.2.0');
  const error = await failureOf(() => ownQemu({ least: '9.0' }, { CROSSPAGE_QEMU: path }));

  expect(error.message).toBe(
    `CROSSPAGE_QEMU: ${path} is QEMU 7.2.0, too old: 9.0 or later is needed\n` +
      `  look at: ${path}\n` +
      '  to do: name another, or unset CROSSPAGE_QEMU: Crosspage then brings its own',
  );
});

test('a program that is no QEMU is refused when the user names it', async ({}, info) => {
  const path = info.outputPath('nothing');
  const error = await failureOf(() => ownQemu({ least: '9.0' }, { CROSSPAGE_QEMU: path }));

  expect(error.story.what).toBe(`${path} is not a QEMU that can be run`);
});

test('on PATH, a QEMU that is new enough is used, an old one is passed over', ({}, info) => {
  const env = { PATH: info.outputPath() };
  const path = info.outputPath('qemu-system-aarch64');
  stub(path, 'QEMU emulator version 9.0.1');
  expect(ownQemu({ least: '9.0' }, env)?.path).toBe(path);
  expect(ownQemu({ least: '9.1' }, env)).toBeUndefined();
});

test('a machine that is neither Debian 12 nor 13 needs its own QEMU', async ({}, info) => {
  const host = { architecture: 'amd64', codename: undefined };
  const images = imageSetOf({ ...emptyCatalogue(info.outputPath()), host });
  const error = await failureOf(() => images.qemu());

  expect(error.message).toBe(
    'QEMU: none on PATH is new enough, and Crosspage brings its own only for bookworm and ' +
      'trixie of Debian on amd64 and arm64; this is not Debian on amd64\n' +
      '  to do: install QEMU >= 9.0 so that qemu-system-aarch64 is on PATH, or set ' +
      'CROSSPAGE_QEMU to its path',
  );
});
