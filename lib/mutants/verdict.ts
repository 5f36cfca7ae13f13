// SPDX-License-Identifier: Apache-2.0
/** What a kill matrix comes to: its exit code, and its text for a terminal. */
import { exitCodes } from '../report/exit-code.ts';
import { durationText } from '../report/wording.ts';
import type { Matrix, MatrixRow } from './model.ts';

/** Whether the matrix proves anything: the suite passes on what was not mutated. */
export function isVoid({ control }: Matrix): boolean {
  return control?.verdict !== 'survived';
}

/** Mutants that live although they need not: each is a test that is missing. */
export function survivorsOf({ mutants }: Matrix): MatrixRow[] {
  return mutants.filter(({ verdict, survives }) => verdict === 'survived' && !survives);
}

/** Mutants that died although an argument says that they cannot: the argument is wrong. */
export function refutedOf({ mutants }: Matrix): MatrixRow[] {
  return mutants.filter(({ verdict, survives }) => verdict === 'killed' && survives);
}

/**
 * 0 when every mutant that can be killed was; 1 with survivors, with one that was killed against its
 * argument, or a control that fails; 2 and 3
 * for misuse and for what the environment kept from being judged.
 */
export function exitCodeOfMatrix(matrix: Matrix): number {
  const { control, mutants } = matrix;
  const wrong = [...survivorsOf(matrix), ...refutedOf(matrix)];
  if (control?.verdict === 'killed' || wrong.length > 0) return exitCodes.failed;
  const unjudged = [control, ...mutants].filter((row) => row?.verdict === 'no-verdict');
  const faults = unjudged.map((row) => row?.fault);
  if (faults.includes(undefined)) return exitCodes.failed;
  if (faults.includes('misuse')) return exitCodes.misuse;
  if (faults.includes('environment')) return exitCodes.environment;
  return control === undefined ? exitCodes.environment : exitCodes.passed;
}

/** One line on a mutant: its name, what became of it, in how long, and why. */
export function rowText(row: MatrixRow, width: number): string {
  const excused = row.survives === undefined ? 'SURVIVED' : row.survives.because;
  const verdicts = { killed: 'killed', survived: excused, 'no-verdict': 'NO VERDICT' };
  const verdict = verdicts[row.verdict].padEnd('unseen-on-qemu'.length);
  const told = {
    killed: [row.kill?.test ?? '', row.kill?.message ?? '', ...(row.kill?.mapped ?? [])].join('\n'),
    survived: row.survives === undefined ? row.what : `${row.what}\n${row.survives.argument}`,
    'no-verdict': row.problem ?? '',
  };
  const [first = '', ...rest] = told[row.verdict].split('\n');
  const head = `${row.name.padEnd(width)}  ${verdict}  ${durationText(row.tookMs).padStart(8)}  ${first}`;
  rest.push(...(row.unrepeated ?? []).map((alarm) => `not repeated: ${alarm}`));
  return [head, ...rest.map((line) => `${' '.repeat(width + 2)}${line}`)].join('\n');
}

function named(rows: readonly Pick<MatrixRow, 'name'>[]): string {
  return rows.map(({ name }) => name).join(', ');
}

/** What comes under the matrix: counts, survivors by name, what is void. */
export function matrixSummary(matrix: Matrix): string {
  const { control, mutants, seed } = matrix;
  if (isVoid(matrix)) {
    const why = control?.kill?.message ?? control?.problem ?? 'it did not run';
    return `The matrix is VOID: the suite does not pass on what was not mutated.\n  ${why}\n`;
  }
  const those = (verdict: MatrixRow['verdict']): MatrixRow[] =>
    mutants.filter((row) => row.verdict === verdict);
  const survivors = survivorsOf(matrix);
  const excused = those('survived').filter(({ survives }) => survives);
  const refuted = refutedOf(matrix);
  const unjudged = those('no-verdict');
  const alarms = [{ ...control, name: 'control' }, ...mutants].filter(
    ({ unrepeated }) => unrepeated,
  );
  const lines = [
    `${mutants.length} mutants: ${those('killed').length} killed, ${survivors.length} survived, ` +
      `${excused.length} excused, ${unjudged.length} without a verdict` +
      ` (${durationText(matrix.durationMs)})`,
    survivors.length > 0 && `survivors, each a missing test: ${named(survivors)}`,
    excused.length > 0 && `excused, see their arguments: ${named(excused)}`,
    refuted.length > 0 && `killed against their arguments, correct the list: ${named(refuted)}`,
    unjudged.length > 0 && `without a verdict: ${named(unjudged)}`,
    alarms.length > 0 && `false alarms, failures that did not come again: ${named(alarms)}`,
    seed !== undefined && `the same sample again: --sample ${mutants.length} --seed ${seed}`,
  ];
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}
