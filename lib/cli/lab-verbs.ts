// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { LabOptions, PowerAct, ReserveOptions } from './lab.ts';
import type { ConsoleOptions } from './lab-console.ts';

const help = `
The lab file is that of --lab, or the one that CROSSPAGE_LAB names; lib/lab/README.md
describes it. Durations are written 90s, 30m or 2h.`;

const fileOption = ['--lab <file>', 'the lab file, instead of CROSSPAGE_LAB'] as const;

/** The verbs of `crosspage lab`. */
export function addLabVerbs(lab: Command): void {
  lab.addHelpText('after', help);
  lab
    .command('check')
    .description('say all that is wrong with the lab file, and with this machine')
    .option(...fileOption)
    .action(async (options: LabOptions) => {
      (await import('./lab.ts')).checkLabFile(options);
    });
  lab
    .command('list')
    .description('show the boards, and who has them')
    .option(...fileOption)
    .action(async (options: LabOptions) => (await import('./lab.ts')).listBoards(options));
  addHolderVerbs(lab);
  lab
    .command('bench')
    .description('measure what leads to a board: the rates of a serial line')
    .action(async () => (await import('./bench-lab.ts')).benchLab());
  lab
    .command('schema')
    .description('print the JSON Schema of the lab file, for editors')
    .option('--fields', 'describe every field, in Markdown')
    .action(async (options: { fields?: boolean }) => {
      (await import('./lab.ts')).printSchema(options.fields === true);
    });
}

/** The verbs that want a board to be nobody else's. */
function addHolderVerbs(lab: Command): void {
  lab
    .command('reserve')
    .description('keep a board for yourself; your own test runs may still use it')
    .argument('<board>')
    .option('--for <duration>', 'how long', '1h')
    .option('--purpose <text>', 'what others are told', 'work by hand')
    .option(...fileOption)
    .action(async (board: string, options: ReserveOptions) => {
      (await import('./lab.ts')).reserveBoard(board, options);
    });
  lab
    .command('release')
    .description('give a board back')
    .argument('<board>')
    .option('--force', 'take it away from whoever has it; a run on it fails at once')
    .option(...fileOption)
    .action(async (board: string, options: LabOptions & { force?: boolean }) => {
      (await import('./lab.ts')).releaseBoard(board, options);
    });
  lab
    .command('power')
    .description('switch a board on or off, cycle it, or read its state back')
    .argument('<board>')
    .argument('<act>', 'on, off, cycle or state')
    .option('--wait <duration>', 'how long to wait while somebody has the board', '0s')
    .option(...fileOption)
    .action(async (board: string, act: PowerAct, options: LabOptions & { wait: string }) =>
      (await import('./lab.ts')).switchPower(board, act, options),
    );
  lab
    .command('console')
    .description("type at a board's console, or watch what your own run has; Ctrl-] q leaves")
    .argument('<board>')
    .option('--console <name>', 'which of its consoles', 'main')
    .option('--for <duration>', 'leave by itself after so long, for scripts')
    .option(...fileOption)
    .action(async (board: string, options: ConsoleOptions) =>
      (await import('./lab-console.ts')).sitAtConsole(board, options),
    );
}
