// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import { MisuseError } from '../support/errors.ts';
import { SourceError } from '../support/source-text.ts';
import { systemOfFiles, type TrialSystem } from '../trial/subject.ts';
import { readConfigurationFiles } from './configuration-files.ts';

export type ReadFiles = Awaited<ReturnType<typeof readConfigurationFiles>>;

/** A directory with the configuration of a system, of xl's files too. */
export interface SystemConfiguration {
  readonly directory: string;
  readonly files: ReadFiles;
  readonly system: TrialSystem;
}

/** Reads a directory. @throws SourceError for what cannot be read. */
async function readDirectory(directory: string): Promise<ReadFiles> {
  const files = await readConfigurationFiles([directory]);
  const [problem] = files.unreadable;
  if (problem !== undefined) throw new SourceError(problem.place.file, files.unreadable);
  return files;
}

/**
 * Reads a directory whose files describe one system: what Xen boots, what xl creates, or both.
 * @throws SourceError for what cannot be read; MisuseError when it describes no system, or several.
 */
export async function readSystemConfiguration(directory: string): Promise<SystemConfiguration> {
  const files = await readDirectory(directory);
  return { directory, files, system: systemOfFiles(files, directory) };
}

/** A directory with the configuration of a system. */
export interface HostConfiguration {
  readonly directory: string;
  readonly files: ReadFiles;
  /** What Xen boots: no domains of xl. */
  readonly system: TrialSystem & { readonly host: HostTree };
}

/**
 * Reads a directory whose files describe one system that Xen boots.
 * @throws SourceError for what cannot be read; MisuseError when it describes no system, or several.
 */
export async function readHostConfiguration(directory: string): Promise<HostConfiguration> {
  const files = await readDirectory(directory);
  const [host, ...more] = files.hosts.filter(({ domains }) => domains.length > 0);
  if (host === undefined)
    throw new MisuseError({
      who: directory,
      what: 'has no device tree with a node "xen,domain" in /chosen',
      remedy: 'give the host device tree, or its /chosen, as .dts or .dtb',
    });
  if (more.length > 0)
    throw new MisuseError({
      who: directory,
      what: `describes several systems: ${[host, ...more].map(({ source }) => source.file).join(', ')}`,
      remedy: 'leave one device tree with domains in it',
    });
  return { directory, files, system: { host, domains: [], partials: files.partials } };
}
