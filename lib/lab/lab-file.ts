// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EnvironmentError, MisuseError, messageOf } from '../support/errors.ts';
import { crossFaults } from './cross-checks.ts';
import type { Lab, LabBoard } from './lab.ts';
import { faultsOf } from './lab-faults.ts';
import { boardSchema, labSchema } from './lab-schema.ts';
import { type LabFault, LabSource, pathText } from './lab-source.ts';
import { nearest } from './nearest.ts';
import { resolveBoard, resolvePath } from './resolve-board.ts';

/** A lab file as far as it can be understood, and all that is wrong with it. */
export interface LabReading {
  readonly lab: Lab;
  readonly source: LabSource;
  readonly faults: readonly LabFault[];
}

function defaultStateDirectory(): string {
  const given = process.env['XDG_STATE_HOME'];
  const base = given === undefined || given === '' ? join(homedir(), '.local/state') : given;
  return join(base, 'crosspage');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new MisuseError(
      {
        who: path,
        what: missing
          ? 'there is no such lab file'
          : `the lab file cannot be read: ${messageOf(error)}`,
        remedy:
          'name the lab file by CROSSPAGE_LAB or --lab; lib/lab/README.md says how to write one',
      },
      { cause: error },
    );
  }
}

/** The boards that are right by themselves. */
function goodBoards(path: string, content: unknown): LabBoard[] {
  const boards = (content as { boards?: unknown } | null)?.boards;
  if (typeof boards !== 'object' || boards === null) return [];
  return Object.entries(boards).flatMap(([name, written]: [string, unknown]) => {
    const parsed = boardSchema.safeParse(written);
    return parsed.success ? [resolveBoard(path, name, parsed.data)] : [];
  });
}

/** Reads a lab file. All that is wrong with it is in `faults`; only boards that are right in `lab`. */
export function readLab(given: string): LabReading {
  const path = resolve(given);
  const source = new LabSource(path, readText(path));
  const empty = {
    path,
    boards: new Map<string, LabBoard>(),
    stateDirectory: defaultStateDirectory(),
  };
  if (source.syntaxFaults.length > 0)
    return { lab: empty, source, faults: [...source.syntaxFaults, ...source.duplicates] };
  const { content } = source;
  const parsed = labSchema.safeParse(content);
  const boards = goodBoards(path, content);
  const directory = parsed.success ? parsed.data.stateDirectory : undefined;
  return {
    lab: {
      path,
      boards: new Map(boards.map((board) => [board.name, board])),
      stateDirectory: directory === undefined ? empty.stateDirectory : resolvePath(path, directory),
    },
    source,
    faults: [
      ...source.duplicates,
      ...(parsed.success ? [] : faultsOf(parsed.error.issues, content, source)),
      ...crossFaults(boards, source),
    ],
  };
}

function faultText(source: LabSource, { path, what, position }: LabFault): string {
  const at = position === undefined ? '' : `${position.line}:${position.column}: `;
  const subject = path.length === 0 ? 'this' : pathText(path);
  const excerpt = position === undefined ? '' : `\n${source.excerpt(position)}`;
  return `${at}${subject} ${what}${excerpt}`;
}

/** Every fault at once, in the order of the file; nothing of them is a secret. */
export function labError(
  source: LabSource,
  faults: readonly LabFault[],
): MisuseError | EnvironmentError {
  const place = ({ position }: LabFault): number =>
    (position?.line ?? 0) * 1000 + (position?.column ?? 0);
  const sorted = [...faults].sort((one, other) => place(one) - place(other));
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  const ofMachine = faults.every((fault) => fault.ofMachine === true);
  const Kind = ofMachine ? EnvironmentError : MisuseError;
  return new Kind({
    who: source.path,
    what: `${count}${ofMachine ? ' of this machine' : ''}; no board was touched`,
    where: sorted.map((fault) => faultText(source, fault)).join('\n'),
    remedy: ofMachine
      ? 'put right what is named, or correct the file; `npx crosspage lab check` looks again'
      : 'correct what is named: lib/lab/README.md describes every field; `npx crosspage lab check` looks again',
  });
}

/**
 * Reads a lab file. This machine is looked at only by {@link checkMachine}.
 * @throws MisuseError that names every fault with its line, before anything is touched.
 */
export function loadLab(path: string): Lab {
  const { lab, source, faults } = readLab(path);
  if (faults.length > 0) throw labError(source, faults);
  return lab;
}

/** @throws MisuseError for a board that is not in the lab: with those that are. */
export function boardOf(lab: Lab, name: string): LabBoard {
  const board = lab.boards.get(name);
  if (board !== undefined) return board;
  const names = [...lab.boards.keys()];
  const near = nearest(name, names);
  throw new MisuseError({
    who: lab.path,
    what: `has no board "${name}"${near === undefined ? '' : `; ${near} is near to it`}`,
    remedy: `name one of: ${names.join(', ')}`,
  });
}
