// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { BisectConfigArguments } from './bisect-config.ts';
import type { BisectXenArguments } from './bisect-xen.ts';
import type { RunArguments } from './run.ts';

/** Verbs that boot what a user has. */
export function addConfigurationVerbs(program: Command): void {
  program
    .command('run')
    .description('boot what a directory describes, and try every sharing in it')
    .requiredOption('--config <directory>', 'a host device tree with its domains, .dts or .dtb')
    .option('--board <name>', 'the board to boot it on', 'qemu-virt')
    .option('--probe-kernels', 'a memory probe takes the place of each kernel')
    .option('--flavour <name>', 'flavour of hypervisor; default: CROSSPAGE_FLAVOUR')
    .option('--format <format>', 'text or json', 'text')
    .action(async (options: RunArguments) => (await import('./run.ts')).run(options));
  addBisectVerbs(program.command('bisect').description('which change broke it'));
}

function addBisectVerbs(bisect: Command): void {
  bisect
    .command('config')
    .description('the smallest change between two directories that breaks a sharing')
    .requiredOption('--good <directory>', 'a configuration that works')
    .requiredOption('--bad <directory>', 'the configuration that does not')
    .option('--repository <directory>', '--good and --bad are revisions of this git repository')
    .option('--path <path>', 'with --repository: the directory of the configuration in it')
    .option('--test <names...>', 'sharings that have to work, or "boot"; default: all')
    .option('--board <name>', 'the board to boot on', 'qemu-virt')
    .option('--probe-kernels', 'a memory probe takes the place of each kernel')
    .option('--flavour <name>', 'flavour of hypervisor; default: CROSSPAGE_FLAVOUR')
    .option('--format <format>', 'text or json', 'text')
    .option('--junit <file>', 'write the result as JUnit XML too')
    .option('--html <file>', 'write the result as a page of HTML too')
    .option('--directory <path>', 'what is known, and evidence; default: reports/bisect')
    .option('--fresh', 'believe nothing that an earlier run has shown')
    .action(async (options: BisectConfigArguments) =>
      (await import('./bisect-config.ts')).bisectConfig(options),
    );
  addXenVerbs(bisect);
}

function addXenVerbs(bisect: Command): void {
  const common = (verb: Command): Command =>
    verb
      .requiredOption('--config <directory>', 'the configuration that is tried on each Xen')
      .option('--test <names...>', 'sharings that have to work, or "boot"; default: all')
      .option('--probe-kernels', 'a memory probe takes the place of each kernel')
      .option('--like <flavour>', 'the flavour whose .config each Xen gets', 'early-console')
      .option('--directory <path>', 'builds, and what is known; default: reports/bisect');
  common(bisect.command('xen'))
    .description('the first commit of a tree of Xen with which a configuration fails, on qemu-virt')
    .requiredOption('--source <directory>', 'a git clone of Xen; it is not touched')
    .requiredOption('--good <revision>', 'a commit with which it works')
    .requiredOption('--bad <revision>', 'a later one with which it does not')
    .option('--format <format>', 'text or json', 'text')
    .option('--fresh', 'believe nothing that an earlier run has shown')
    .action(async (options: BisectXenArguments) =>
      (await import('./bisect-xen.ts')).bisectXen(options),
    );
  common(bisect.command('step'))
    .description('judge the HEAD of a tree of Xen, for git bisect run: exits with 0, 1, 125 or 128')
    .option('--source <directory>', 'the tree; default: where it is run', '.')
    .action(async (options: BisectXenArguments) =>
      (await import('./bisect-xen.ts')).bisectStep(options),
    );
}
