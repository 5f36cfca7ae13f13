// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { allImages, listStates } from '../../../lib/images/index.ts';
import { readMutants } from '../../../lib/images/mutants.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { allMutants } from '../../../lib/mutants/mutant.ts';
import { seedOf } from '../../../lib/mutants/seed.ts';
import { failureOf } from '../images/failure-of.ts';

const { root } = placesOf({});
const patches = join(root, 'images/xen/mutants');

/** A project that has only the list of mutants, changed by `edit`. */
function projectWith(directory: string, edit: (list: ReturnType<typeof readMutants>) => unknown) {
  mkdirSync(join(directory, 'images'), { recursive: true });
  cpSync(join(root, 'images/xen'), join(directory, 'images/xen'), { recursive: true });
  const text = JSON.stringify(edit(readMutants(root)));
  writeFileSync(join(directory, 'images/xen/mutants.json'), text);
  return directory;
}

test('every patch is listed, and every patch that is listed is there', () => {
  const { hypervisors, toolstacks } = readMutants(root);
  const listed = [...hypervisors, ...toolstacks].map(({ patch }) => patch);

  expect(listed.toSorted()).toEqual(readdirSync(patches).toSorted());
  expect(listed.length).toBeGreaterThanOrEqual(24);
});

test('every patch says its licence and its fault, and touches little', () => {
  const { hypervisors, toolstacks } = readMutants(root);
  for (const { patch, what } of [...hypervisors, ...toolstacks]) {
    const text = readFileSync(join(patches, patch), 'utf8');
    const licence = hypervisors.some((mutant) => mutant.patch === patch) ? 'GPL-2.0' : 'LGPL-2.1';
    const folder = licence === 'GPL-2.0' ? 'xen' : 'tools';
    const header = `SPDX-License-Identifier: ${licence}-only\nSubject: `;
    expect(text.startsWith(header), patch).toBe(true);
    expect(text).toContain(`Subject: ${what}\n`);
    expect(text).toMatch(new RegExp(`^--- a/${folder}/.*\n\\+\\+\\+ b/${folder}/`, 'm'));
    expect(text.split('\n').filter((line) => /^[-+][^-+]/.test(line)).length).toBeLessThan(40);
  }
});

test('no two faults have one name, whatever they are in', () => {
  const names = allMutants().map(({ name }) => name);

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('each fault that nothing is built with is found by its name', async () => {
  const built = ['hypervisor', 'toolstack'];
  for (const { name, kind } of allMutants().filter((mutant) => !built.includes(mutant.kind)))
    expect(Object.keys(seedOf(name))).toEqual([
      { configuration: 'plan', probe: 'probe', console: 'transport' }[kind as 'probe'],
    ]);
  const error = await failureOf(() => seedOf('no-such-fault'));
  expect(error.message).toBe(
    'CROSSPAGE_MUTATE: no fault is called "no-such-fault"\n' +
      '  to do: run: npx crosspage mutants --list',
  );
});

test('a fault of the hypervisor is no seed, and says how it is booted', async () => {
  const error = await failureOf(() => seedOf('borrower-read-only'));

  expect(error.fault).toBe('misuse');
  expect(error.message).toBe(
    'CROSSPAGE_MUTATE: "borrower-read-only" is a fault of the hypervisor, which is built with it\n' +
      '  to do: set CROSSPAGE_FLAVOUR=mutant-borrower-read-only instead',
  );
});

test('a fault of the toolstack is booted in the same way', async () => {
  const error = await failureOf(() => seedOf('offset-tree-only'));

  expect(error.fault).toBe('misuse');
  expect(error.message).toBe(
    'CROSSPAGE_MUTATE: "offset-tree-only" is a fault of the toolstack, which is built with it\n' +
      '  to do: set CROSSPAGE_FLAVOUR=mutant-offset-tree-only instead',
  );
});

test('mutants are no part of what is prepared or listed', () => {
  expect(allImages().filter((name) => name.includes('mutant'))).toEqual([]);
  expect(listStates().filter(({ name }) => name.includes('mutant'))).toEqual([]);
});

test('an unknown key, and a name that is there twice, are errors that name them', async ({}, info) => {
  const unknown = projectWith(info.outputPath('unknown'), (list) => ({ ...list, survivors: [] }));
  const twice = projectWith(info.outputPath('twice'), (list) => ({
    ...list,
    hypervisors: [...list.hypervisors, list.hypervisors[0]],
  }));

  expect((await failureOf(() => readMutants(unknown))).message).toContain(
    '1 fault in its content\n  last seen: (top level): Unrecognized key: "survivors"',
  );
  expect((await failureOf(() => readMutants(twice))).message).toContain(
    `${readMutants(root).hypervisors[0]?.name ?? ''}: the name is there twice`,
  );
});
