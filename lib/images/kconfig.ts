// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import type { KconfigOption } from './manifest.ts';
import { atLeast } from './version.ts';

/** The options of a .config that are set, without CONFIG_: `STATIC_SHM` -> `y`. */
export function parseConfig(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^CONFIG_([A-Za-z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

/** The options of the manifest that a version of Xen has. */
export function optionsFor(
  options: readonly KconfigOption[],
  version: string,
): readonly KconfigOption[] {
  return options.filter(
    ({ since, until }) =>
      (since === undefined || atLeast(version, since)) &&
      (until === undefined || !atLeast(version, until)),
  );
}

/**
 * `olddefconfig` drops an option silently when something that it depends on is not set.
 * @throws EnvironmentError naming each option that was asked for and is not in the final .config.
 */
export function requireOptions(
  flavour: string,
  config: ReadonlyMap<string, string>,
  wanted: readonly KconfigOption[],
  where: string,
): void {
  const dropped = wanted.filter(({ name, value }) => (config.get(name) ?? 'n') !== value);
  if (dropped.length === 0) return;
  const rows = dropped.map(({ name, value }) => {
    const actual = config.get(name);
    return `CONFIG_${name}=${value} became ${actual === undefined ? 'unset' : actual}`;
  });
  throw new EnvironmentError({
    who: `hypervisor ${flavour}`,
    what: `Kconfig dropped ${dropped.map(({ name }) => `CONFIG_${name}`).join(', ')}`,
    lastSeen: rows.join('\n'),
    where,
    remedy:
      'this version of Xen does not have the option, or something that it depends on is not set: ' +
      'correct its "options" in images/manifest.json ("since" and "until" bound the versions)',
  });
}

/** Words that stand in an image only when the option is built in. */
const words: readonly (readonly [string, string])[] = [
  // Printed where a domain gets its static memory (xen/arch/arm/dom0less-build.c).
  ['STATIC_MEMORY', 'STATIC BANK['],
  // Written into a guest's device tree (xen/arch/arm/static-shmem.c).
  ['STATIC_SHM', 'xen,offset'],
  ['STATIC_EVTCHN', 'xen,evtchn-v1'],
  // A parameter of Xen's command line.
  ['LLC_COLORING', 'llc-coloring'],
];

/** What an image itself tells of the options it was built with, where its .config is not at hand. */
export function configOfImage(image: Buffer): ReadonlyMap<string, string> {
  return new Map(words.filter(([, word]) => image.includes(word)).map(([name]) => [name, 'y']));
}

interface CapabilityRule {
  readonly name: string;
  readonly holds: (config: ReadonlyMap<string, string>, version: string, image: Buffer) => boolean;
}

const on = (config: ReadonlyMap<string, string>, name: string): boolean => config.get(name) === 'y';

const rules: readonly CapabilityRule[] = [
  { name: 'static-memory', holds: (config) => on(config, 'STATIC_MEMORY') },
  { name: 'static-shared-memory', holds: (config) => on(config, 'STATIC_SHM') },
  // Xen commit 3deac416a3: the host address may be left out of xen,shared-mem.
  {
    name: 'heap-shared-memory',
    holds: (config, version) => on(config, 'STATIC_SHM') && atLeast(version, '4.19'),
  },
  // No option before 4.19: always built.
  {
    name: 'static-event-channels',
    holds: (config, version) => on(config, 'STATIC_EVTCHN') || !atLeast(version, '4.19'),
  },
  // Xilinx' tree has it without an option: what the image looks for in a device tree tells.
  {
    name: 'reg-cacheable',
    holds: (_config, _version, image) => image.includes('xen,reg-cacheable'),
  },
  // What it prints when it maps for a toolstack tells (xen/common/domctl.c).
  {
    name: 'iomem-cacheable',
    holds: (_config, _version, image) =>
      /memory_map:add: [^\0]*cache=/.test(image.toString('latin1')),
  },
  { name: 'llc-coloring', holds: (config) => on(config, 'LLC_COLORING') },
  { name: 'debug', holds: (config) => on(config, 'DEBUG') },
  { name: 'silo-default', holds: (config) => on(config, 'XSM_SILO_DEFAULT') },
];

/** What a hypervisor of this version, built with this configuration into this image, can do. */
export function capabilitiesOf(
  config: ReadonlyMap<string, string>,
  version: string,
  image: Buffer = Buffer.alloc(0),
): string[] {
  return rules.filter(({ holds }) => holds(config, version, image)).map(({ name }) => name);
}
