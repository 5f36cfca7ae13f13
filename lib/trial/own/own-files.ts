// SPDX-License-Identifier: Apache-2.0
/** The files that a configuration boots its domains from: found, or refused with the place. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { LoadedFile } from '../../import/boot-loads.ts';
import type { BootModule, Dom0lessDomain } from '../../import/dom0less-domain.ts';
import { loadsOf } from '../../import/image-builder.ts';
import { ownersOf } from '../../import/partial-owners.ts';
import type { PartialTree } from '../../import/partial-tree.ts';
import { describeWhere, showWhere, type Where } from '../../import/where.ts';
import type { XlDomain } from '../../import/xl-domain.ts';
import { MisuseError } from '../../support/errors.ts';
import { hex } from '../../support/units.ts';
import { type NamedXl, xlDomainsOf } from '../subject.ts';
import type { OwnSubject } from './own-outcome.ts';

/** A file of the user's that a domain boots. */
export interface OwnFile {
  readonly domain: string;
  readonly kind: BootModule['kind'];
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Where the configuration names it. */
  readonly where: Where;
  /** The host address that the configuration has it loaded to; undefined where xl loads it. */
  readonly start?: bigint | undefined;
  /** What the module's `reg` says of its size, in bytes; undefined where xl loads it. */
  readonly moduleSize?: bigint | undefined;
}

interface Problem {
  readonly where: Where;
  readonly what: string;
  readonly fix: string;
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * A file by the name that a configuration has for it: beside who names it, below the directory as if
 * that were the root, or of that name anywhere in it. Never a file of this machine's own.
 */
export function findFile(directory: string, from: string, name: string): string | undefined {
  const root = resolve(directory);
  const inside = (path: string): boolean => resolve(path).startsWith(`${root}${sep}`);
  const near = [join(dirname(from), name), join(directory, name)].find(
    (path) => inside(path) && isFile(path),
  );
  if (near !== undefined) return near;
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  return all
    .filter((one) => basename(one) === basename(name))
    .map((one) => join(directory, one))
    .find(isFile);
}

/** @throws MisuseError with all of them, and their places. */
function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length - 1;
  throw new MisuseError({
    who: describeWhere(first.where),
    what: `${first.what}${others > 0 ? ` (and ${others} more)` : ''}`,
    lastSeen: problems
      .flatMap(({ where, what }) => [`${describeWhere(where)}: ${what}`, showWhere(where) ?? []])
      .flat()
      .join('\n'),
    remedy: first.fix,
  });
}

const probes = 'or boot probes instead: --probe-kernels';

/** Names of files with who names them, for a message that one is not there. */
function absent({ name, directory, where }: Named): Problem {
  return {
    where,
    what: `${name} is not there: neither beside this file nor anywhere in ${directory}`,
    fix: `put it into ${directory}, ${probes}`,
  };
}

interface Named {
  readonly name: string;
  readonly directory: string;
  readonly where: Where;
}

/** What ImageBuilder's configurations load: where files lie behind one that is absent is not known. */
function builderLoads({ files, directory }: OwnSubject): LoadedFile[] {
  return files.imageBuilders.flatMap((config) =>
    loadsOf(config, (name) => {
      const path = findFile(directory, config.config.source.file, name);
      return path === undefined ? undefined : BigInt(statSync(path).size);
    }),
  );
}

/** Loads that no domain's boot needs: Xen and the device tree are other ones here. */
function needed(loads: readonly LoadedFile[], { files }: OwnSubject): LoadedFile[] {
  const others = files.imageBuilders.flatMap(({ get }) => [get('XEN'), get('DEVICE_TREE')]);
  return loads.filter(({ where }) => !others.some((one) => one?.where === where));
}

/** Finds the files of the modules of a host device tree. */
class ModuleFinder {
  readonly problems: Problem[] = [];
  readonly #subject: OwnSubject;
  readonly #loads: readonly LoadedFile[];

  constructor(subject: OwnSubject) {
    this.#subject = subject;
    const ofScripts = subject.files.scripts.flatMap(({ loads }) => loads);
    const ofBuilders = needed(builderLoads(subject), subject);
    this.#loads = [...ofScripts, ...ofBuilders];
  }

  #gone({ file, where }: LoadedFile): Problem {
    return absent({ name: file, directory: this.#subject.directory, where });
  }

  find(domain: Dom0lessDomain, module: BootModule): OwnFile[] {
    const { kind, start, where } = module;
    const { directory } = this.#subject;
    if (start === undefined) {
      const gone = this.#loads.filter(({ size }) => size === undefined);
      this.problems.push(...gone.map((load) => this.#gone(load)));
      if (gone.length > 0) return [];
      const what = `the ${kind} of ${domain.name} has no place: there is no reg that can be read`;
      this.problems.push({ where, what, fix: `give the module its reg, ${probes}` });
      return [];
    }
    // What is loaded later lies there.
    const load = this.#loads.findLast((one) => one.start === start);
    if (load === undefined) {
      this.problems.push({
        where,
        what: `no file is named for the ${kind} of ${domain.name}: nothing in ${directory} loads one to ${hex(start)}`,
        fix: `add the boot script that loads it there (tftpb ${hex(start)} FILE), ${probes}`,
      });
      return [];
    }
    const path = findFile(directory, load.where.file, load.file);
    if (path !== undefined)
      return [
        {
          ...{ domain: domain.name, kind, path, size: statSync(path).size, where, start },
          moduleSize: module.size,
        },
      ];
    this.problems.push(this.#gone(load));
    return [];
  }
}

/**
 * The files of the domains of a host device tree; dom0's too, unless our own Linux is in it.
 * @throws MisuseError for each that is not there or is not named, with the place.
 */
function treeFiles(subject: OwnSubject): OwnFile[] {
  const { host, domains: xl } = subject.system;
  if (host === undefined) return [];
  const finder = new ModuleFinder(subject);
  const booted = xl.length === 0 ? [host.dom0, ...host.domains] : host.domains;
  const found = booted.flatMap((domain) =>
    domain.modules.flatMap((module) => finder.find(domain, module)),
  );
  for (const domain of host.domains.filter(({ hasKernel }) => !hasKernel))
    finder.problems.push({
      where: domain.where,
      what: `${domain.name} has no kernel: no module with compatible "multiboot,kernel"`,
      fix: 'give it one: Xen starts no domain without',
    });
  const once = new Map(finder.problems.map((one) => [describeWhere(one.where) + one.what, one]));
  refuse([...once.values()]);
  return found;
}

/** Settings of a file of xl that name what a domain boots. */
const xlKinds = [
  ['kernel', 'kernel'],
  ['ramdisk', 'ramdisk'],
  ['deviceTree', 'device-tree'],
] as const satisfies readonly (readonly [keyof XlDomain, BootModule['kind']])[];

/**
 * The files of the domains that xl creates.
 * @throws MisuseError for each that is not there, and for a domain without a kernel.
 */
function xlFiles(
  domains: readonly NamedXl[],
  directory: string,
  partials: readonly PartialTree[],
): OwnFile[] {
  const problems: Problem[] = [];
  const found = domains.flatMap(({ name, domain }) => {
    if (domain.kernel === undefined)
      problems.push({
        where: domain.where,
        what: `${name} has no kernel: what a boot loader or a firmware would find on a disk is not there`,
        fix: `name its kernel, ${probes}`,
      });
    return xlKinds.flatMap(([key, kind]): OwnFile[] => {
      const named = domain[key];
      if (named === undefined) return [];
      const path = findFile(directory, domain.file.source.file, named.value);
      if (path !== undefined)
        return [{ domain: name, kind, path, size: statSync(path).size, where: named.where }];
      // Its source will do: what dom0 is given is made of that.
      const source = { hosts: [], partials, domains: domains.map((one) => one.domain) };
      const read = partials.some((one) => ownersOf(one, source).xl.includes(domain));
      if (kind === 'device-tree' && read) return [];
      problems.push(absent({ name: named.value, directory, where: named.where }));
      return [];
    });
  });
  refuse(problems);
  return found;
}

/**
 * Every file that a configuration boots: those of the host device tree, then those of xl.
 * @throws MisuseError for each that is not there or is not named, with the place.
 */
export function ownFiles(subject: OwnSubject): { tree: OwnFile[]; xl: OwnFile[] } {
  const { system, directory } = subject;
  return {
    tree: treeFiles(subject),
    xl: xlFiles(xlDomainsOf(system), directory, system.partials),
  };
}
