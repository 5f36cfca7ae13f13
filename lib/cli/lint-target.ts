// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from 'node:fs';
import {
  type Capabilities,
  hypervisorOfConfig,
  ownHypervisor,
  resolveImages,
} from '../images/index.ts';
import { versionNumberOf } from '../images/version.ts';
import { type LintCapability, type LintTarget, lintTargets } from '../lint/target.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';

/** What an image is known to be able to do, by what lint calls it. */
const ofHypervisor: readonly (readonly [string, LintCapability])[] = [
  ['static-memory', 'static-memory'],
  ['static-shared-memory', 'static-shm'],
  ['heap-shared-memory', 'heap-shm'],
  ['reg-cacheable', 'reg-cacheable'],
  ['iomem-cacheable', 'iomem-cacheable'],
  ['llc-coloring', 'llc-coloring'],
];

function made(name: string, version: string, known: Capabilities, xl?: Capabilities): LintTarget {
  const { major, minor } = versionNumberOf(version);
  if (known === 'unknown' || Number.isNaN(major) || Number.isNaN(minor))
    throw new MisuseError({
      who: `--xen ${name}`,
      what: 'does not tell its version and what it can do',
      remedy: `name a version: ${lintTargets.map((one) => one.name).join(', ')}`,
    });
  const can = ofHypervisor.filter(([theirs]) => known.includes(theirs)).map(([, ours]) => ours);
  // Of a hypervisor alone the tools are not known: those of the tree that it was built from have both.
  const shm = xl === undefined ? can.includes('iomem-cacheable') : xl.includes('xl-static-shm');
  return {
    name,
    major,
    minor,
    capabilities: new Set([
      ...can,
      ...(shm ? (['xl-static-shm'] as const) : []),
      // Xilinx' own trees are older.
      ...(shm && minor >= 20 ? (['ported'] as const) : []),
    ]),
  };
}

/** What its toolstack can do, where it is built. */
function toolstackOf(flavour: string): Capabilities | undefined {
  try {
    return resolveImages().toolstackOf(flavour)?.capabilities ?? [];
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

function ofFlavour(name: string): LintTarget {
  try {
    const { version, capabilities } = resolveImages().hypervisor(name);
    return made(name, version, capabilities, toolstackOf(name));
  } catch (error) {
    if (!(error instanceof MisuseError)) throw error;
    throw new MisuseError({
      who: `--xen ${name}`,
      what: 'is no version, no file and no flavour of hypervisor',
      remedy:
        `name one of ${lintTargets.map((one) => one.name).join(', ')}, a flavour of ` +
        '`crosspage images list`, a hypervisor’s file or its .config',
    });
  }
}

/**
 * The Xen that is meant: a version by its name, a hypervisor's file or its .config, a flavour.
 * @throws MisuseError for what is none of them; EnvironmentError for a flavour that is not built.
 */
export function lintTargetOf(name: string): LintTarget {
  const target = lintTargets.find((one) => one.name === name);
  if (target !== undefined) return target;
  if (statSync(name, { throwIfNoEntry: false })?.isFile() !== true) return ofFlavour(name);
  const config = hypervisorOfConfig(readFileSync(name, 'latin1'));
  if (config !== undefined) return made(name, config.version, config.capabilities);
  const { version, capabilities } = ownHypervisor(name, `--xen ${name}`);
  return made(name, version, capabilities);
}
