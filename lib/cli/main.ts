// SPDX-License-Identifier: Apache-2.0
import { Command, CommanderError } from 'commander';
import { CrosspageError, type Fault } from '../support/errors.ts';
import type { AgreementArguments } from './agreement.ts';
import type { ChaosArguments } from './chaos.ts';
import { addConfigurationVerbs } from './configuration-verbs.ts';
import { addLabVerbs } from './lab-verbs.ts';
import type { VirtualLabArguments } from './lab-virtual.ts';
import type { ImportArguments } from './import.ts';
import type { LintArguments } from './lint.ts';
import type { MechanismsArguments } from './mechanisms.ts';
import type { MutantsArguments } from './mutants.ts';

const exitCodes: Record<Fault, number> = { subject: 1, misuse: 2, environment: 3 };

const help = `
Environment:
  CROSSPAGE_FLAVOUR          flavour of hypervisor to boot (see: crosspage images list)
  CROSSPAGE_LAB              the lab file: its boards are Playwright projects
  CROSSPAGE_XEN              boot this arm64 Image of Xen instead
  CROSSPAGE_QEMU             run this qemu-system-aarch64
  CROSSPAGE_MUTATE           seed this fault (see: crosspage mutants --list)
  CROSSPAGE_IMAGES           build images in this directory instead of images/build
  CROSSPAGE_DEBIAN_MIRROR    fetch from this mirror instead of the one that apt uses
  CROSSPAGE_DEBIAN_SNAPSHOT  fetch from here what the mirror no longer has
  CROSSPAGE_SEED             seed of the patterns, instead of one chosen anew
  CROSSPAGE_ATTACHMENTS      how junit.xml refers to files: gitlab, jenkins or none

Exit codes:
  0  all is well
  1  a test or a check failed
  2  wrong use: an unknown option, name or key
  3  the machine lacks something, or something cannot be reached
  4  blocked: no board in time, or none that is to be trusted
  130  interrupted by Ctrl-C`;

/** A verb takes what it does from its own file only when it is run: --help stays quick. */
function addVerbs(program: Command): void {
  program
    .command('start')
    .description('prepare everything, then run the suite on QEMU')
    .action(async () => (await import('./start.ts')).start());
  program
    .command('test')
    .description("prepare everything, then run all tests, the framework's own too")
    .argument('[args...]', "Playwright's arguments, for example --project framework")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => (await import('./test.ts')).test(args));
  program
    .command('check')
    .description('compile, lint, format, layers and documentation: all that needs no board')
    .action(async () => (await import('./check.ts')).check());
  program
    .command('bench')
    .description('measure how fast systems boot and answer')
    .argument('[args...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => (await import('./bench.ts')).bench(args));
  addMutantVerbs(program);
  addBootlessVerbs(program);
  addConfigurationVerbs(program);
  program
    .command('doctor')
    .description('say what this machine has, lacks, and how to cure it')
    .option('--board <name>', 'look at this board of the lab instead: power, consoles, TFTP, SSH')
    .option('--lab <file>', 'with --board: the lab file; default: CROSSPAGE_LAB')
    .action(async ({ board, lab }: { board?: string; lab?: string }) => {
      if (board === undefined) await (await import('./doctor.ts')).doctor();
      else await (await import('./doctor-board.ts')).doctorBoard(board, lab);
    });
  addImageVerbs(program.command('images').description('what is booted: where it comes from'));
  const lab = program.command('lab').description('the boards of a lab: who has them, their power');
  addLabVerbs(lab);
  addVirtualVerb(lab);
  addChaosVerb(program);
  addAgreementVerb(program);
}

function addChaosVerb(program: Command): void {
  program
    .command('chaos')
    .description('inject each fault of a lab into an emulated one: each has to be told rightly')
    .option('--only <names...>', 'scenarios, or beginnings of their names; default: all')
    .option('--repeat <count>', 'run each so often, with other noise each time')
    .option('--boots <count>', 'boot so often with nothing wrong; without --only, do only that')
    .option('--list', 'say which scenarios there are, and run nothing')
    .option('--json <file>', 'where the results are written; default: reports/chaos/chaos.json')
    .action(async (options: ChaosArguments) => (await import('./chaos.ts')).chaos(options));
}

const configurationHelp = `
Read are, in a directory or by name:
  xl configurations          .cfg, .xl, .hvm, or without an ending, as in /etc/xen
  device trees               .dts, .dtb: the host's, and partial ones of guests
  ImageBuilder               config, or whatever else the file is called
  U-Boot boot scripts        .scr, boot.cmd, boot.source, or whatever else`;

/** What needs no board. */
function addBootlessVerbs(program: Command): void {
  program
    .command('import')
    .description('say what is understood of a configuration, from which line, and what is not')
    .addHelpText('after', configurationHelp)
    .argument('<paths...>', 'files or directories that belong together')
    .option('--format <format>', 'text, json, source: print it back, or spec: as a test', 'text')
    .action(async (paths: string[], options: ImportArguments) =>
      (await import('./import.ts')).importFiles(paths, options),
    );
  program
    .command('lint')
    .description('say what is wrong with a configuration, before any boot')
    .addHelpText('after', configurationHelp)
    .argument('[paths...]', 'files or directories that belong together')
    .option(
      '--xen <which>',
      'the Xen that is meant: 4.17, 4.20, 4.22, xilinx-4.17, a flavour, a file, a .config',
      '4.20',
    )
    .option('--format <format>', 'text, json, github or sarif', 'text')
    .option('--fix', 'mend what is certain, then judge again')
    .option('--dry-run', 'with --fix: show the changes, and write nothing')
    .option('--rules', 'list the rules, and read nothing')
    .option('--write', 'with --rules: bring their page in the documentation up to date')
    .action(async (paths: string[], options: LintArguments) =>
      (await import('./lint.ts')).lint(paths, options),
    );
  program
    .command('mechanisms')
    .description('what each party of each way to share gets at stage 2: expected and measured')
    .argument('[runs...]', "directories of runs, as reports/latest; default: the documentation's")
    .option('--write', 'bring the documentation up to date, with what these runs measured')
    .action(async (runs: string[], options: MechanismsArguments) => {
      (await import('./mechanisms.ts')).printMechanisms(runs, options);
    });
  program
    .command('replay')
    .description('feed the capture of a console through the pipeline again, with no board')
    .argument('<capture>', 'a *.capture.jsonl')
    .action(async (file: string) => (await import('./replay.ts')).replay(file));
}

function addMutantVerbs(program: Command): void {
  program
    .command('mutants')
    .description('run the suite on seeded faults: each must make a test fail')
    .argument('[names...]', 'mutants, or kinds of them; default: all')
    .option('--sample <count>', 'pick so many of them')
    .option('--seed <text>', 'with --sample: pick the same ones again')
    .option('--tests <files...>', 'run only these spec files of the suite')
    .option('--list', 'say which there are, and run nothing')
    .action(async (names: string[], options: MutantsArguments) =>
      (await import('./mutants.ts')).mutants(names, options),
    );
  program
    .command('soak')
    .description('boot a clean system many times: no boot may raise an alarm')
    .argument('[count]', 'how many boots, those of an interrupted soak included', '1000')
    .option('--fresh', 'begin anew instead of going on')
    .action(async (count: string, options: { fresh?: boolean }) =>
      (await import('./soak.ts')).soak(count, options),
    );
}

function addAgreementVerb(program: Command): void {
  program
    .command('agreement')
    .description('lint generated configurations, right and wrong, boot them, and compare')
    .option('--kind <kind>', 'dom0less, or xl: its files, created in a Linux dom0', 'dom0less')
    .option('--count <count>', 'how many, those of an interrupted run included', '2000')
    .option('--seed <text>', 'which ones: the same seed makes the same ones', '1')
    .option('--flavour <name>', 'the hypervisor: default early-console, for xl shared-memory')
    .option('--only <mistakes...>', 'mistakes by parts of their names; counts by itself')
    .option('--for <seconds>', 'begin no boot after so long; the next run goes on')
    .option('--fresh', 'begin anew instead of going on')
    .option('--list', 'say which mistakes there are, and boot nothing')
    .option('--json', 'print the result of each as JSON')
    .action(async (options: AgreementArguments) =>
      (await import('./agreement.ts')).agreement(options),
    );
}

function addVirtualVerb(lab: Command): void {
  lab
    .command('virtual')
    .description('emulate boards, with consoles, power, TFTP and SSH as in a lab, until Ctrl-C')
    .option('--boards <count>', 'how many: 1 or 2', '1')
    .option('--directory <path>', 'where lab.yaml and the consoles are to be')
    .action(async (options: VirtualLabArguments) =>
      (await import('./lab-virtual.ts')).virtualLab(options),
    );
}

function addImageVerbs(images: Command): void {
  images
    .command('list')
    .description('show every image: version, source, hash, licence, state')
    .action(async () => {
      (await import('./images.ts')).listImages();
    });
  images
    .command('build')
    .description('download and build images, as the lock says')
    .argument('[names...]', 'default: all that tests boot')
    .action(async (names: string[]) => (await import('./images.ts')).buildImages(names));
  images
    .command('update')
    .description("resolve the manifest in Debian's indexes and write images/lock.json anew")
    .argument('[names...]', 'beginnings of names; default: all')
    .action(async (names: string[]) => (await import('./images.ts')).updateImages(names));
  images
    .command('clean')
    .description('delete images and downloads that the lock no longer names')
    .option('--all', 'delete everything that was downloaded and built')
    .action(async (options: { all?: boolean }) =>
      (await import('./images.ts')).cleanImages(options.all === true),
    );
}

/** What went wrong, told to people; the exit code that says whose fault it was. */
function fail(error: unknown, [verb, kind]: readonly string[]): number {
  // To git bisect run, 2 would say that the revision is bad; 128 ends it.
  const misuse = verb === 'bisect' && kind === 'step' ? 128 : exitCodes.misuse;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misuse;
  if (error instanceof CrosspageError) {
    process.stderr.write(`${error.message}\n`);
    return exitCodes[error.fault];
  }
  process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
  process.stderr.write('This is a fault of Crosspage itself.\n');
  return 1;
}

async function main(args: readonly string[]): Promise<number> {
  const program = new Command('crosspage')
    .description('Tests for memory that Xen guests on Arm share.')
    .addHelpText('after', help)
    .enablePositionalOptions()
    .showHelpAfterError('(--help behind the verb lists its options, crosspage --help the verbs)')
    // Commands made below inherit it: a wrong option throws instead of exiting with 1.
    .exitOverride();
  addVerbs(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return fail(error, args);
  }
}

// Who reads may have read enough: `crosspage mechanisms | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Tools that run are ended by the handlers of 'exit' (lib/host/tools.ts).
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(code));
}
process.exitCode = await main(process.argv.slice(2));
