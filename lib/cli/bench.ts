// SPDX-License-Identifier: Apache-2.0
import { benchBisect, type BisectFigures } from '../bench/bisect.ts';
import { bench as measure, type BenchFigures } from '../bench/bench.ts';
import { type LintFigures, lintFigures } from '../bench/lint.ts';
import { benchToolstack, type ToolstackFigures } from '../bench/toolstack.ts';
import { type SuiteFigures, suiteSeconds } from '../bench/suite.ts';
import { openBoard } from '../fixtures/open-board.ts';
import { projectRoot } from '../images/places.ts';
import { MisuseError } from '../support/errors.ts';
import { talkative } from './run.ts';
import { setUp } from './set-up.ts';

const defaultBoots = 20;

function bootsOf(args: readonly string[]): number {
  const [text] = args;
  const boots = text === undefined ? defaultBoots : Number(text);
  if (args.length > 1 || !Number.isInteger(boots) || boots < 1)
    throw new MisuseError({
      who: `bench ${args.join(' ')}`,
      what: 'takes one number, how many boots of each kind, or the word bisect',
      remedy: `run: npm run bench -- ${defaultBoots}`,
    });
  return boots;
}

function print(figures: BenchFigures): void {
  const { bareReady, ready, ping, check, stage2 } = figures;
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  const rows = [
    `boot to ready     ${ms(ready.median)} (p99 ${ms(ready.p99)}), bare QEMU ${ms(bareReady.median)} (p99 ${ms(bareReady.p99)})`,
    `                  ratio ${figures.readyRatio.toFixed(2)} (aim: at most 1.15)`,
    ...figures.throughput.flatMap(({ workers, testsPerSecond, barePerSecond, ratio }) => [
      `${workers} worker${workers === 1 ? ' ' : 's'}         ${testsPerSecond.toFixed(2)} hermetic tests a second, ${barePerSecond.toFixed(2)} bare boots a second`,
      `                  ratio ${ratio.toFixed(2)} (aim: at least 0.75)`,
    ]),
    `round trip        ping ${ms(ping.median)} (p99 ${ms(ping.p99)}), check of 4 KiB ${ms(check.median)} (p99 ${ms(check.p99)})`,
    `stage-2 tables    ${ms(stage2.first.median)} the first time (aim: 50 ms), ${ms(stage2.again.median)} again`,
  ];
  process.stdout.write(`\n${rows.join('\n')}\n`);
}

function printLint({ domains, read, judged }: LintFigures): void {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const parts = `${ms(read.median)} to read, ${ms(judged.median)} to judge`;
  process.stdout.write(
    `lint              ${ms(read.median + judged.median)} for ${domains} domains (aim: 50 ms): ${parts}\n`,
  );
}

/** Rounds of what takes seconds each. */
const slowRounds = 3;

function printToolstack(figures: ToolstackFigures): void {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const { bootedMs, restoredMs, connectedMs, sharingMs, factor } = figures;
  const rows = [
    `dom0 to xl list   ${seconds(restoredMs)} restored (aim: 0.50 s), of which ${seconds(connectedMs)} to SSH`,
    `                  ${seconds(bootedMs)} booted, ${factor.toFixed(1)} times as long`,
    `xl sharing test   ${seconds(sharingMs)} from the restored state (aim: 1.50 s)`,
  ];
  process.stdout.write(`${rows.join('\n')}\n`);
}

/** Workers of the toolstack's suite: as many as the smallest machine has processors. */
const suiteWorkers = 2;

function printSuite({ tests, seconds }: SuiteFigures): void {
  const text = `toolstack suite   ${seconds.toFixed(0)} s for ${tests} tests, ${suiteWorkers} workers (aim: 90 s)`;
  process.stdout.write(`${text}\n`);
}

function printBisect(figures: readonly BisectFigures[]): void {
  const rows = figures.map(({ title, ends, between, theory, seconds, found }) => {
    const runs = `${ends} boots of the ends, ${between} between them (theory: ${theory.toFixed(1)})`;
    return `${title.padEnd(24)}${seconds.toFixed(1)} s, ${runs}${found ? '' : ': WRONG'}`;
  });
  process.stdout.write(`\nbisect, 64 differences  (aim: 20 s for 1 guilty)\n${rows.join('\n')}\n`);
}

/** Prepares everything, then measures the harness against bare QEMU. */
export async function bench(args: readonly string[]): Promise<void> {
  if (args.length === 1 && args[0] === 'bisect') {
    await setUp();
    printBisect(await benchBisect(openBoard('qemu-virt'), talkative('qemu-virt')));
    return;
  }
  const boots = bootsOf(args);
  await setUp();
  const board = openBoard('qemu-virt');
  const say = (text: string): void => {
    process.stderr.write(`${text} ...\n`);
  };
  print(await measure({ board, boots, root: projectRoot, say }));
  printLint(lintFigures());
  say('dom0 and xl');
  printToolstack(await benchToolstack(board, Math.min(boots, slowRounds)));
  say('the toolstack suite');
  printSuite(await suiteSeconds(projectRoot, 'tests/toolstack', suiteWorkers));
}
