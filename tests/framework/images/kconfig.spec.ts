// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import {
  capabilitiesOf,
  optionsFor,
  parseConfig,
  requireOptions,
} from '../../../lib/images/kconfig.ts';
import { atLeast, upstreamVersionOf, versionNumberOf } from '../../../lib/images/version.ts';
import { failureOf } from './failure-of.ts';

const options = [
  { name: 'STATIC_SHM', value: 'y' },
  { name: 'STATIC_EVTCHN', value: 'y', since: '4.19' },
  { name: 'GONE', value: 'y', until: '4.18' },
];

test('an option is asked for only of the versions that have it', () => {
  const names = (version: string): string[] => optionsFor(options, version).map(({ name }) => name);

  expect(names('4.17.5')).toEqual(['STATIC_SHM', 'GONE']);
  expect(names('4.18.0')).toEqual(['STATIC_SHM']);
  expect(names('4.20.4')).toEqual(['STATIC_SHM', 'STATIC_EVTCHN']);
});

test('every option that Kconfig dropped is named', async () => {
  const config = parseConfig('CONFIG_ARM=y\n# CONFIG_STATIC_SHM is not set\nCONFIG_NR_CPUS=4\n');
  const wanted = [...options.slice(0, 1), { name: 'NR_CPUS', value: '128' }];
  const error = await failureOf(() => {
    requireOptions('mine', config, wanted, '/x/.config');
  });

  expect(error.message).toBe(
    'hypervisor mine: Kconfig dropped CONFIG_STATIC_SHM, CONFIG_NR_CPUS\n' +
      '  last seen: CONFIG_STATIC_SHM=y became unset\n' +
      '    CONFIG_NR_CPUS=128 became 4\n' +
      '  look at: /x/.config\n' +
      '  to do: this version of Xen does not have the option, or something that it depends on is ' +
      'not set: correct its "options" in images/manifest.json ("since" and "until" bound the ' +
      'versions)',
  );
});

test('an option that shall be off may be missing', () => {
  expect(() => {
    requireOptions('mine', parseConfig(''), [{ name: 'XSM', value: 'n' }], '');
  }).not.toThrow();
});

test('capabilities follow from configuration and version', () => {
  const shm = 'CONFIG_STATIC_MEMORY=y\nCONFIG_STATIC_SHM=y\n';
  const old = capabilitiesOf(parseConfig(`${shm}CONFIG_DEBUG=y\n`), '4.17.5');
  const recent = capabilitiesOf(parseConfig(`${shm}CONFIG_LLC_COLORING=y\n`), '4.20.4');
  const debian = capabilitiesOf(
    parseConfig('CONFIG_STATIC_EVTCHN=y\nCONFIG_XSM_SILO_DEFAULT=y\n'),
    '4.20.4',
  );

  expect(old).toEqual(['static-memory', 'static-shared-memory', 'static-event-channels', 'debug']);
  expect(recent).toEqual([
    'static-memory',
    'static-shared-memory',
    'heap-shared-memory',
    'llc-coloring',
  ]);
  expect(debian).toEqual(['static-event-channels', 'silo-default']);
  expect(capabilitiesOf(new Map(), '4.20.4', Buffer.from('xen,reg\0'))).toEqual([]);
  expect(capabilitiesOf(new Map(), '4.20.4', Buffer.from('xen,reg-cacheable\0'))).toEqual([
    'reg-cacheable',
  ]);
});

test('a hypervisor that tells the cache policy of a mapping has cacheable iomem', () => {
  const upstream = '\u0001G7memory_map:add: %pd gfn=%lx mfn=%lx nr=%lx\n\0';
  const cacheable = '\u0001G7memory_map:add: dom%d gfn=%lx mfn=%lx nr=%lx cache=%u\n\0';
  const of = (text: string): string[] => capabilitiesOf(new Map(), '4.20.4', Buffer.from(text));

  expect(of(upstream)).toEqual([]);
  expect(of(`${upstream}cache=\0`)).toEqual([]);
  expect(of(cacheable)).toEqual(['iomem-cacheable']);
});

test('versions are compared as numbers', () => {
  expect(atLeast('10.0.2', '9.0')).toBe(true);
  expect(atLeast('4.9', '4.19')).toBe(false);
  expect(upstreamVersionOf('1:10.0.2+ds-2+deb13u1~bpo12+1')).toBe('10.0.2');
  expect(upstreamVersionOf('4.17.5+72-g01140da4e8-1')).toBe('4.17.5');
  expect(versionNumberOf('4.20.4')).toEqual({ major: 4, minor: 20 });
});
