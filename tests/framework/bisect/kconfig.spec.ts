// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  configText,
  differingOptions,
  mixedOptions,
  optionChanges,
  overridden,
} from '../../../lib/bisect/kconfig.ts';
import { parseConfig } from '../../../lib/images/kconfig.ts';

const good = parseConfig('CONFIG_A=y\nCONFIG_N=128\n# CONFIG_B is not set\nCONFIG_S="x"\n');
const bad = parseConfig('# CONFIG_A is not set\nCONFIG_N=16\nCONFIG_B=y\nCONFIG_S="x"\n');

test('only options whose values differ are changes, however their absence is written', () => {
  expect(differingOptions(good, bad)).toEqual(['A', 'N', 'B']);
  expect(differingOptions(good, parseConfig('CONFIG_A=y\nCONFIG_N=128\nCONFIG_S="x"'))).toEqual([]);
});

test('a mixture has the chosen options of the bad end, as a .config that reads back', () => {
  const mixed = mixedOptions(good, bad, ['A', 'B']);

  expect(configText(mixed)).toBe('# CONFIG_A is not set\nCONFIG_N=128\nCONFIG_S="x"\nCONFIG_B=y\n');
  expect(differingOptions(parseConfig(configText(mixed)), mixed)).toEqual([]);
});

test('what Kconfig made of an option is told where it is not what was asked', () => {
  const asked = mixedOptions(good, bad, ['B']);

  expect(overridden(asked, good, ['A', 'B', 'N'])).toEqual(['CONFIG_B=y became n']);
  expect(overridden(asked, asked, ['A', 'B', 'N'])).toEqual([]);
});

test('a change shows both settings and both files', () => {
  const changes = optionChanges({ file: 'g', options: good }, { file: 'b', options: bad });

  expect(changes[0]).toEqual({
    kind: 'option changed',
    what: 'CONFIG_A',
    from: 'CONFIG_A=y',
    to: '# CONFIG_A is not set',
    good: { file: 'g' },
    bad: { file: 'b' },
  });
});
