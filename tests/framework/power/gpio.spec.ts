// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { expect, test, type TestInfo } from '@playwright/test';
import { failureOf } from '../images/failure-of.ts';
import { patient, switchOf } from './switches.ts';

// No GPIO chip is at hand here: files and programs stand for the kernel's and libgpiod's.

test('a line is written and read back through a file', async ({}, info) => {
  const value = info.outputPath('value');
  writeFileSync(value, '0\n');
  const power = switchOf(info, { kind: 'gpio', value, minOffMs: 1 });
  await power.on(patient());

  expect(readFileSync(value, 'utf8')).toBe('1\n');
  expect(await power.state(patient())).toBe('on');
  await power.off(patient());
  expect(readFileSync(value, 'utf8')).toBe('0\n');
});

test('a relay that pulls at low level is on when its line is low', async ({}, info) => {
  const value = info.outputPath('value');
  writeFileSync(value, '1\n');
  const power = switchOf(info, { kind: 'gpio', value, activeLow: true, minOffMs: 1 });

  expect(await power.state(patient())).toBe('off');
  await power.on(patient());
  expect(readFileSync(value, 'utf8')).toBe('0\n');
});

test('a line that is not exported is named, and no file is made in its place', async ({}, info) => {
  const value = info.outputPath('gpio17/value');
  const error = await failureOf(() => switchOf(info, { kind: 'gpio', value }).off(patient()));

  expect(error.story.what).toContain(`${value} was not written: ENOENT`);
  expect(error.story.remedy).toContain('export the line as an output');
  expect(existsSync(value)).toBe(false);
});

test.describe('with the tools of libgpiod', () => {
  const path = process.env['PATH'];
  test.afterEach(() => {
    process.env['PATH'] = path;
  });

  /** Puts programs on PATH that note how they were called. */
  function putTools(info: TestInfo, version: string): () => string[] {
    const log = info.outputPath('calls');
    for (const name of ['gpioset', 'gpioget']) {
      const said = name === 'gpioget' ? 'echo 1' : 'true';
      writeFileSync(
        info.outputPath(name),
        `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} (libgpiod) v${version}"; exit; fi\n` +
          `echo "${name} $*" >>'${log}'\n${said}\n`,
      );
      chmodSync(info.outputPath(name), 0o755);
    }
    process.env['PATH'] = [info.outputDir, path].join(delimiter);
    return () => readFileSync(log, 'utf8').trimEnd().split('\n');
  }

  const spec = { kind: 'gpio', chip: 'gpiochip0', line: 5, activeLow: true, minOffMs: 1 } as const;

  test('version 2 sets the line and reads it back as it is', async ({}, info) => {
    const calls = putTools(info, '2.1');
    const power = switchOf(info, spec);
    await power.off(patient());

    expect(calls()).toEqual([
      'gpioset --toggle 0 --chip gpiochip0 5=1',
      'gpioget --as-is --numeric --chip gpiochip0 5',
    ]);
  });

  test('version 1 is never asked to read: that would make the line an input', async ({}, info) => {
    const calls = putTools(info, '1.6.3');
    const power = switchOf(info, spec);
    await power.off(patient());

    expect(calls()).toEqual(['gpioset --mode=exit gpiochip0 5=1']);
    expect(await power.state(patient())).toBe('unknown');
  });
});
