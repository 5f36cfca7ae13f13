// SPDX-License-Identifier: Apache-2.0
import { Secrets } from '../host/secrets.ts';
import {
  boardOf,
  checkLab,
  describeFields,
  describeHolder,
  type Lab,
  labJsonSchema,
  loadLab,
  LocalReservation,
  parkedReason,
} from '../lab/index.ts';
import { openPower } from '../power/open-power.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { formatTable, wrapLastColumn } from './table.ts';

/** What every verb takes. */
export interface LabOptions {
  readonly lab?: string;
}

/** Options of `lab reserve`. */
export interface ReserveOptions extends LabOptions {
  readonly for: string;
  readonly purpose: string;
}

const acts = ['on', 'off', 'cycle', 'state'] as const;
export type PowerAct = (typeof acts)[number];

/** Switching takes this long at most, the off-time apart. */
const switchMs = 60_000;

/** The lab of `--lab`, or of CROSSPAGE_LAB. */
export function openLab(options: LabOptions): Lab {
  return loadLab(pathOf(options));
}

function pathOf({ lab }: LabOptions): string {
  const path = lab ?? process.env['CROSSPAGE_LAB'] ?? '';
  if (path !== '') return path;
  throw new MisuseError({
    who: 'crosspage lab',
    what: 'knows no lab file',
    remedy: 'name it: --lab lab.yaml, or CROSSPAGE_LAB=lab.yaml in the environment',
  });
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `90s`, `30m` or `2h`, the value of `option`. */
export function durationOf(option: string, text: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  const scale = units[unit ?? ''];
  if (scale !== undefined) return Number(count) * scale;
  throw new MisuseError({
    who: option,
    what: `is "${text}", no duration`,
    remedy: 'write 90s, 30m or 2h',
  });
}

/** `lab check` */
export function checkLabFile(options: LabOptions): void {
  const lab = checkLab(pathOf(options));
  const count = lab.boards.size === 1 ? 'one board' : `${lab.boards.size} boards`;
  process.stdout.write(`${lab.path}: ${count}, nothing is wrong\n`);
  for (const board of lab.boards.values()) {
    if (board.identity === undefined)
      process.stdout.write(
        `note: ${board.name} has no identity: another board in its place is not noticed\n`,
      );
    const reason = parkedReason(board);
    if (reason !== undefined) process.stdout.write(`note: ${reason}\n`);
    else if (board.parked !== undefined)
      process.stdout.write(
        `note: ${board.name} was parked until ${board.parked.until}, and is in use again\n`,
      );
  }
}

async function stateOf(lab: Lab, name: string): Promise<string> {
  const holder = await new LocalReservation(lab.stateDirectory).holderOf(name);
  if (holder !== undefined) return describeHolder(holder);
  const parked = parkedReason(boardOf(lab, name));
  return parked?.replace(/^\S+ is /, '') ?? 'free';
}

/** `lab list` */
export async function listBoards(options: LabOptions): Promise<void> {
  const lab = openLab(options);
  const rows = await Promise.all(
    [...lab.boards.values()].map(async ({ name, type }) => [name, type, await stateOf(lab, name)]),
  );
  process.stdout.write(formatTable(wrapLastColumn([['board', 'type', 'state'], ...rows], 80)));
}

/** `lab reserve` */
export function reserveBoard(name: string, options: ReserveOptions): void {
  const lab = openLab(options);
  const board = boardOf(lab, name);
  const durationMs = durationOf('--for', options.for);
  const { stateDirectory } = lab;
  const record = new LocalReservation(stateDirectory).reserve(
    board.name,
    options.purpose,
    durationMs,
  );
  process.stdout.write(`${name}: ${describeHolder(record)}\n`);
}

/** `lab release` */
export function releaseBoard(name: string, options: LabOptions & { force?: boolean }): void {
  const lab = openLab(options);
  const { stateDirectory } = lab;
  const holder = new LocalReservation(stateDirectory).free(
    boardOf(lab, name).name,
    options.force === true,
  );
  const had = holder === undefined ? 'nobody had it' : `released; ${describeHolder(holder)} had it`;
  process.stdout.write(`${name}: ${had}\n`);
}

/** `lab power` */
export async function switchPower(
  name: string,
  act: PowerAct,
  options: LabOptions & { wait: string },
): Promise<void> {
  if (!acts.includes(act))
    throw new MisuseError({
      who: `crosspage lab power ${name}`,
      what: `knows no "${act}"`,
      remedy: `say one of: ${acts.join(', ')}`,
    });
  const lab = openLab(options);
  const { power: spec } = boardOf(lab, name);
  const { stateDirectory } = lab;
  const power = openPower(name, spec, { stateDirectory, secrets: new Secrets() });
  const deadline = (): Deadline => Deadline.after(switchMs + (spec.minOffMs ?? 0));
  if (act !== 'state') {
    const purpose = `crosspage lab power ${name} ${act}`;
    const lease = await new LocalReservation(stateDirectory).acquire(
      { boards: [name] },
      {
        purpose,
        deadline: Deadline.after(durationOf('--wait', options.wait)),
        onWait: (board, holder) => process.stderr.write(`${board}: waiting for ${holder}\n`),
      },
    );
    try {
      if (act !== 'on') await power.off(deadline());
      if (act !== 'off') await power.on(deadline());
    } finally {
      await lease.release();
    }
  }
  process.stdout.write(`${name}: ${await power.state(deadline())}\n`);
}

/** `lab schema` */
export function printSchema(fields: boolean): void {
  if (fields) process.stdout.write(describeFields());
  else process.stdout.write(`${JSON.stringify(labJsonSchema(), null, 2)}\n`);
}
