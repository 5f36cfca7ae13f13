// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Session } from '../bisect/keeping.ts';
import { bisectRevisions, type Built } from '../bisect/revisions.ts';
import { VersionWalk } from '../bisect/version-walk.ts';
import {
  compareDebianVersions,
  type DebianPackage,
  hypervisorOfPackage,
  localPackages,
  mirrorPackages,
  preferFlavour,
  qemuOfPackages,
  resolveImages,
} from '../images/index.ts';
import { messageOf, MisuseError } from '../support/errors.ts';
import { checkReportFiles, type ReportFiles } from './bisect-account.ts';
import { tellRevisions } from './bisect-list.ts';
import { keptSession } from './kept-session.ts';
import { textOrJson } from './run.ts';
import { hashOf, Workbench, type WorkbenchArguments } from './workbench.ts';

export interface BisectDebianArguments extends WorkbenchArguments, ReportFiles {
  readonly package: string;
  readonly good: string;
  readonly bad: string;
  readonly debs?: string;
  readonly versions?: readonly string[];
  readonly suites: readonly string[];
  readonly mirror: boolean;
  readonly format: string;
  readonly fresh?: boolean;
}

/** @throws MisuseError for a package that a trial boots nothing of. */
function kindOf(name: string): 'xen' | 'qemu' {
  if (name.startsWith('xen-hypervisor')) return 'xen';
  if (name === 'qemu-system-arm') return 'qemu';
  throw new MisuseError({
    who: `--package ${name}`,
    what: name.startsWith('linux-image')
      ? 'is a kernel: what is tried has probes in place of kernels, so that no kernel is booted'
      : 'is nothing that is booted',
    remedy: 'name xen-hypervisor, xen-hypervisor-VERSION-arm64 or qemu-system-arm',
  });
}

const debianNames: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const hostArchitecture = debianNames[process.arch] ?? process.arch;

/** All that can be had, the oldest first, each version once: a file of the user's before the mirror's. */
interface Supply {
  readonly packages: readonly DebianPackage[];
  readonly notes: readonly string[];
}

async function supplyOf(
  options: BisectDebianArguments,
  name: string,
  state: string,
): Promise<Supply> {
  const architecture = kindOf(options.package) === 'xen' ? 'arm64' : hostArchitecture;
  const local = options.debs === undefined ? [] : await localPackages(options.debs, name);
  const { packages: remote, notes } = options.mirror
    ? await mirrorPackages(name, architecture, options.suites, join(state, 'apt'))
    : { packages: [], notes: [] };
  const byVersion = new Map<string, DebianPackage>();
  for (const one of [...local, ...remote])
    if ([architecture, 'all'].includes(one.architecture) && !byVersion.has(one.version))
      byVersion.set(one.version, one);
  const packages = [...byVersion.values()].sort((a, b) =>
    compareDebianVersions(a.version, b.version),
  );
  return { packages, notes };
}

/** Those between the ends, in the way from the good one to the bad one. @throws MisuseError */
function between(options: BisectDebianArguments, { packages, notes }: Supply): DebianPackage[] {
  const there = packages.map(({ version }) => version);
  for (const end of ['good', 'bad'] as const)
    if (!there.includes(options[end]))
      throw new MisuseError({
        who: `--${end} ${options[end]}`,
        what: `no such version of ${options.package} can be had`,
        lastSeen: [
          ...packages.map((one) => `there is: ${one.version} (${one.from})`),
          ...notes,
        ].join('\n'),
        remedy:
          'put its .deb into a directory and give that with --debs; mirrors keep only the last',
      });
  if (options.good === options.bad)
    throw new MisuseError({
      who: `${options.package} ${options.good}`,
      what: 'is both ends: there is nothing between them',
    });
  const [good, bad] = [there.indexOf(options.good), there.indexOf(options.bad)];
  const way = packages.slice(Math.min(good, bad), Math.max(good, bad) + 1);
  const { versions = there } = options;
  const chosen = way.filter(({ version }) =>
    [options.good, options.bad, ...versions].includes(version),
  );
  return good < bad ? chosen : chosen.reverse();
}

/** Versions that were asked for and cannot be had. */
const missing = ({ versions = [] }: BisectDebianArguments, { packages }: Supply): string[] =>
  versions
    .filter((wanted) => !packages.some(({ version }) => version === wanted))
    .map((wanted) => `not to be had, and skipped: ${wanted}`);

/** QEMU's program is in one package, its firmware and modules in others of the same version. */
const companions = ['qemu-system-common', 'qemu-system-data'];

/** Unpacks a version, or says why it cannot be tried. @throws EnvironmentError for what is not its fault. */
export async function makeReady(
  workbench: Pick<Workbench, 'buildOf' | 'trialOn'>,
  one: DebianPackage,
  others: readonly DebianPackage[],
): Promise<Built> {
  const belonging = others.filter(({ version }) => version === one.version);
  const key = hashOf(...[one, ...belonging].map(({ sha256 }) => sha256)).slice(0, 16);
  const directory = workbench.buildOf(`deb-${key}`);
  try {
    if (kindOf(one.name) === 'xen') {
      const hypervisor = await hypervisorOfPackage(one, directory);
      return { kind: 'built', runnable: workbench.trialOn(hypervisor, hypervisor.sha256) };
    }
    const qemu = await qemuOfPackages([one, ...belonging], directory);
    const hypervisor = resolveImages().hypervisor(preferFlavour('early-console').flavour);
    const name = `${hypervisor.sha256} qemu ${key}`;
    return { kind: 'built', runnable: workbench.trialOn(hypervisor, hashOf(name), qemu) };
  } catch (error) {
    // What a version is not to blame for, no disk, no network, ends it: the same command goes on.
    if (!(error instanceof MisuseError)) throw error;
    return { kind: 'unbuildable', what: 'cannot be tried', why: messageOf(error) };
  }
}

/** Finds the first version of a Debian package with which a configuration fails. */
export async function bisectDebian(options: BisectDebianArguments): Promise<void> {
  textOrJson(options.format);
  checkReportFiles(options);
  await keptSession(options.directory, (session) => bisectDebianIn(session, options));
}

async function bisectDebianIn(session: Session, options: BisectDebianArguments): Promise<void> {
  const startMs = performance.now();
  const kind = kindOf(options.package);
  const workbench = await Workbench.open(options, session, 'bisect debian');
  const supply = await supplyOf(options, options.package, workbench.state);
  const packages = between(options, supply);
  const others: DebianPackage[] = [];
  for (const name of kind === 'qemu' ? companions : [])
    others.push(...(await supplyOf(options, name, workbench.state)).packages);
  const walk = new VersionWalk(packages.map(({ version }) => version));
  const notes = [...supply.notes, ...missing(options, supply)];
  const find = (version: string): DebianPackage | undefined =>
    packages.find((one) => one.version === version);
  const result = await bisectRevisions({
    tree: walk,
    good: options.good,
    bad: options.bad,
    question: workbench.question,
    store: workbench.store(options.fresh),
    build: async () => {
      const one = find(await walk.head());
      return one === undefined
        ? { kind: 'unbuildable', what: 'cannot be tried', why: 'there is no such version' }
        : makeReady(workbench, one, others);
    },
    onProgress: (text) => {
      process.stderr.write(`${text}\n`);
    },
  });
  const told = result.commits.map((version) => {
    const one = find(version);
    return `${one?.name ?? options.package} ${version}\n${one?.from ?? ''}`;
  });
  tellRevisions(result, told, options, {
    verb: 'bisect debian',
    kind: 'version',
    question: workbench.question,
    booted: [['package', options.package], ...workbench.booted],
    notes,
    tookMs: performance.now() - startMs,
  });
}
