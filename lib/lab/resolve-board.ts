// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import type { LabBoard, LabConsole } from './lab.ts';
import type { boardSchema } from './lab-schema.ts';
import { unescapeBytes } from './unescape-bytes.ts';

/** A path of a lab file: relative to the file, or below the home directory. */
export function resolvePath(lab: string, path: string): string {
  return path === '~' || path.startsWith('~/')
    ? join(homedir(), path.slice(1))
    : resolve(dirname(lab), path);
}

/** Every `{ file: PATH }` in `value`, wherever it is, with its path made absolute. */
function resolveReferences<T>(lab: string, value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => resolveReferences(lab, item)) as T;
  const entries = Object.entries(value).map(([key, inner]: [string, unknown]) => [
    key,
    key === 'file' && typeof inner === 'string'
      ? resolvePath(lab, inner)
      : resolveReferences(lab, inner),
  ]);
  return Object.fromEntries(entries) as T;
}

function resolveConsole(lab: string, line: LabConsole): LabConsole {
  return line.kind === 'serial' ? { ...line, path: resolvePath(lab, line.path) } : line;
}

/** A program that is given by a path is found from the lab file; another one on PATH. */
function resolveCommand(lab: string, argv: readonly string[]): readonly string[] {
  const [program = '', ...args] = argv;
  return /[/~]/.test(program) ? [resolvePath(lab, program), ...args] : argv;
}

function resolvePower(lab: string, power: LabBoard['power']): LabBoard['power'] {
  if (power.kind === 'command') {
    const { on, off, state } = power;
    return {
      ...power,
      on: resolveCommand(lab, on),
      off: resolveCommand(lab, off),
      ...(state && { state: { ...state, run: resolveCommand(lab, state.run) } }),
    };
  }
  return power.kind === 'gpio' && 'value' in power
    ? { ...power, value: resolvePath(lab, power.value) }
    : power;
}

/** A board as the schema took it, with paths absolute and escapes resolved. */
export function resolveBoard(
  lab: string,
  name: string,
  written: z.output<typeof boardSchema>,
): LabBoard {
  // The schema's refinements saw to `main`, and to what a GPIO line has.
  const board = resolveReferences(lab, { name, ...written }) as LabBoard;
  const { consoles, tftp, uboot } = board;
  return {
    ...board,
    consoles: Object.fromEntries(
      Object.entries(consoles).map(([key, line]) => [key, resolveConsole(lab, line)]),
    ) as LabBoard['consoles'],
    power: resolvePower(lab, board.power),
    tftp: 'directory' in tftp ? { ...tftp, directory: resolvePath(lab, tftp.directory) } : tftp,
    ...(uboot?.interrupt !== undefined && {
      uboot: { ...uboot, interrupt: unescapeBytes(uboot.interrupt) ?? uboot.interrupt },
    }),
  };
}
