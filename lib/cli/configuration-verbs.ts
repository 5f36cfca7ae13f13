// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { BisectConfigArguments } from './bisect-config.ts';
import type { BisectDebianArguments } from './bisect-debian.ts';
import type { BisectKconfigArguments } from './bisect-kconfig.ts';
import type { PruneArguments } from './bisect-prune.ts';
import type { BisectXenArguments } from './bisect-xen.ts';
import type { RunArguments } from './run.ts';

const runHelp = `
With --probe-kernels data is put through every sharing, both ways. Without, the files that the
configuration names are booted as they are, and nobody inside can be asked: that Xen reaches the
end of its boot, what becomes of each domain and what it says, and on a board that shows it whether
stage 2 has the same host memory for all parties, with the attributes that the mechanism gives.
A line is known to Xen when it has its end: a prompt that has none is not seen.`;

/** Verbs that boot what a user has. */
export function addConfigurationVerbs(program: Command): void {
  program
    .command('run')
    .description('boot what a directory describes, and say what becomes of all that it shares')
    .requiredOption(
      '--config <directory>',
      'a host device tree with its domains and their partial trees, files of xl, or both',
    )
    .option('--board <name>', 'the board to boot it on', 'qemu-virt')
    .option(
      '--probe-kernels',
      'a memory probe takes the place of each kernel and tries every sharing; default: the kernels as they are',
    )
    .option(
      '--expect-line <line...>',
      'DOMAIN=REGEX: a line of a console that proves that this domain is up; without --probe-kernels',
    )
    .option('--within <seconds>', 'how long all domains may take to say them; default: 60')
    .option('--flavour <name>', 'flavour of hypervisor; default: what suits the configuration')
    .option('--format <format>', 'text or json', 'text')
    .addHelpText('after', runHelp)
    .action(async (options: RunArguments) =>
      (await import('./run-own.ts')).runConfiguration(options),
    );
  addBisectVerbs(program.command('bisect').description('which change broke it'));
}

function addBisectVerbs(bisect: Command): void {
  bisect
    .command('config')
    .description('the smallest change between two configurations that breaks a test')
    .requiredOption('--good <directory>', 'a configuration that works')
    .requiredOption('--bad <directory>', 'the configuration that does not')
    .option('--repository <directory>', '--good and --bad are revisions of this git repository')
    .option('--path <path>', 'with --repository: the directory of the configuration in it')
    .option(
      '--test <tests...>',
      'sharings or event channels that have to work, or "boot"; or a spec, PATH[:LINE]; default: all',
    )
    .option('-g, --grep <title>', "tests of Playwright by their titles, as with Playwright's -g")
    .option(
      '--test-command <command>',
      'a command for sh: 0 is good, 1 to 124 bad, 125 cannot be tried; $CROSSPAGE_CONFIG is the directory',
    )
    .option(
      '--time-limit <seconds>',
      'with --test-command: a run that takes longer is ended, and bad; default: 600',
    )
    .option('--board <name>', 'the board to boot on; default: qemu-virt')
    .option('--probe-kernels', 'a memory probe takes the place of each kernel')
    .option('--flavour <name>', 'flavour of hypervisor; default: what suits the configuration')
    .option('--format <format>', 'text or json', 'text')
    .option('--junit <file>', 'write the result as JUnit XML too')
    .option('--html <file>', 'write the result as a page of HTML too')
    .option('--directory <path>', 'what is known, and evidence; default: reports/bisect')
    .option('--fresh', 'believe nothing that an earlier run has shown')
    .action(async (options: BisectConfigArguments) =>
      (await import('./bisect-config.ts')).bisectConfig(options),
    );
  addXenVerbs(bisect);
  addKconfigVerb(bisect);
  addDebianVerb(bisect);
  bisect
    .command('prune')
    .description('delete what bisections have kept: what is old, and what is too much')
    .option('--max-size <size>', 'keep so much, the last used: 500MiB; default: 2GiB')
    .option('--max-age <days>', 'keep what was used within so many days; default: 90')
    .option('--unfinished', 'also what an interrupted bisection would go on with')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .option('--directory <path>', 'where it is kept; default: reports/bisect')
    .action(async (options: PruneArguments) =>
      (await import('./bisect-prune.ts')).bisectPrune(options),
    );
}

/** What all verbs take that try one configuration on many a hypervisor. */
const tried = (verb: Command): Command =>
  verb
    .requiredOption('--config <directory>', 'the configuration that is tried on each')
    .option(
      '--test <names...>',
      'sharings or event channels that have to work, or "boot"; default: all',
    )
    .option('--probe-kernels', 'a memory probe takes the place of each kernel')
    .option('--directory <path>', 'builds, and what is known; default: reports/bisect');

/** How what was found out is told. */
const told = (verb: Command): Command =>
  verb
    .option('--format <format>', 'text or json', 'text')
    .option('--junit <file>', 'write the result as JUnit XML too')
    .option('--html <file>', 'write the result as a page of HTML too')
    .option('--fresh', 'believe nothing that an earlier run has shown');

function addKconfigVerb(bisect: Command): void {
  const verb = bisect
    .command('kconfig')
    .description('the options of Xen between two .configs with which a configuration fails')
    .requiredOption('--good <file>', 'a .config with which it works')
    .requiredOption('--bad <file>', 'a .config with which it does not')
    .option('--like <flavour>', 'the flavour whose sources are built', 'early-console')
    .option('--source <directory>', 'build this git clone of Xen instead; it is not touched')
    .option('--revision <revision>', 'with --source: what of it', 'HEAD');
  told(tried(verb)).action(async (options: BisectKconfigArguments) =>
    (await import('./bisect-kconfig.ts')).bisectKconfig(options),
  );
}

function addDebianVerb(bisect: Command): void {
  const verb = bisect
    .command('debian')
    .description('the first version of a Debian package with which a configuration fails')
    .requiredOption('--package <name>', 'xen-hypervisor, or one of it, or qemu-system-arm')
    .requiredOption('--good <version>', 'a version with which it works')
    .requiredOption('--bad <version>', 'one with which it does not, later or earlier')
    .option('--debs <directory>', 'local .deb files, besides what the mirror has')
    .option('--versions <versions...>', 'only these of those between; default: all')
    .option('--suites <names...>', 'what to look for on the mirror', [
      'bookworm',
      'bookworm-backports',
      'trixie',
    ])
    .option('--no-mirror', 'only what --debs has');
  told(tried(verb)).action(async (options: BisectDebianArguments) =>
    (await import('./bisect-debian.ts')).bisectDebian(options),
  );
}

function addXenVerbs(bisect: Command): void {
  const like = (verb: Command): Command =>
    verb.option('--like <flavour>', 'the flavour whose .config each Xen gets', 'early-console');
  told(tried(like(bisect.command('xen'))))
    .description('the first commit of a tree of Xen with which a configuration fails, on qemu-virt')
    .requiredOption('--source <directory>', 'a git clone of Xen; it is not touched')
    .requiredOption('--good <revision>', 'a commit with which it works')
    .requiredOption('--bad <revision>', 'a later one with which it does not')
    .action(async (options: BisectXenArguments) =>
      (await import('./bisect-xen.ts')).bisectXen(options),
    );
  tried(like(bisect.command('step')))
    .description('judge the HEAD of a tree of Xen, for git bisect run: exits with 0, 1, 125 or 128')
    .option('--source <directory>', 'the tree; default: where it is run', '.')
    .action(async (options: BisectXenArguments) =>
      (await import('./bisect-xen.ts')).bisectStep(options),
    );
}
