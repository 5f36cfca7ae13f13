// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runCli } from './run-cli.ts';

function directoryWith(directory: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const one = '# mine\nname = "one"\nmemory = 0x40\niomem = [ "70000,1" ]\n';

test('what a configuration says is told, and printed back with its comments', async ({}, {
  outputDir,
}) => {
  const directory = directoryWith(outputDir, { 'one.cfg': one, 'notes.txt': '' });
  const told = await runCli(['import', directory]);
  expect(told.stdout).toBe(`
one: xl, ${directory}/one.cfg:1:1
  memory  ${directory}/one.cfg:3:10  64 MiB
  shares  ${directory}/one.cfg:4:11  iomem, host [0x70000000, 0x70001000) -> guest [0x70000000, 0x70001000), Device

nothing was left aside
  ${directory}/notes.txt  a file of another kind
`);
  expect(told.code).toBe(0);

  const printed = await runCli(['import', '--format', 'source', directory]);
  expect(printed.stdout).toBe(
    `# ${directory}/one.cfg\n# mine\nname = "one"\nmemory = 64\niomem = [ "0x70000,0x1" ]\n`,
  );
});

test('a file that cannot be read is told with its place, and the others are read', async ({}, {
  outputDir,
}) => {
  const directory = directoryWith(outputDir, { 'a.cfg': 'name = one\n', 'b.cfg': one });
  const { code, stdout, stderr } = await runCli(['import', '--format', 'json', directory]);
  expect(stderr).toBe(
    `${directory}/a.cfg:1:8: one stands where a string in quotes, a number or a list is expected\n` +
      '1 | name = one\n  |        ^~~\n',
  );
  expect(JSON.parse(stdout)).toMatchObject({ domains: [{}, { name: 'one', memory: '0x4000000' }] });
  expect(code).toBe(2);
});
