// SPDX-License-Identifier: Apache-2.0
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../host/processes.ts';
import { type SecretReference, Secrets } from '../host/secrets.ts';
import { makeStateDirectory } from '../host/state-directory.ts';
import { messageOf } from '../support/errors.ts';
import type { Lab, LabBoard } from './lab.ts';
import { boardOf, labError, type LabReading, readLab } from './lab-file.ts';
import type { LabFault, LabPath } from './lab-source.ts';
import { isParked } from './parked.ts';

type Finding = readonly [path: LabPath, what: string];

const byId = '/dev/serial/by-id';

function serialPort(path: string): string | undefined {
  if (!existsSync(path)) {
    const there = existsSync(byId) ? readdirSync(byId).map((name) => join(byId, name)) : [];
    const list = there.length === 0 ? `none is in ${byId}` : `there are ${there.join(', ')}`;
    return `is ${path}, which is not there; expected a port that is, or transient: true; ${list}`;
  }
  if (!statSync(path).isCharacterDevice()) return `is ${path}, which is no serial port`;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return `is ${path}, which you may not open; join its group (dialout on Debian)`;
  }
}

function consoles({ name, consoles: lines }: LabBoard): Finding[] {
  return Object.entries(lines).flatMap(([key, line]): Finding[] => {
    if (line.kind !== 'serial' || (line.transient === true && !existsSync(line.path))) return [];
    const what = serialPort(line.path);
    return what === undefined ? [] : [[['boards', name, 'consoles', key, 'path'], what]];
  });
}

/** One port has several names: by-id, by-path, ttyUSB0. */
function samePorts(boards: readonly LabBoard[]): Finding[] {
  const first = new Map<string, { board: string; path: string }>();
  const found: Finding[] = [];
  for (const board of boards)
    for (const [key, line] of Object.entries(board.consoles)) {
      if (line.kind !== 'serial' || !existsSync(line.path)) continue;
      const device = realpathSync(line.path);
      const other = first.get(device);
      if (other === undefined) first.set(device, { board: board.name, path: line.path });
      else if (other.path !== line.path)
        found.push([
          ['boards', board.name, 'consoles', key, 'path'],
          `is ${device}, which ${other.board} has as ${other.path}; expected one of its own`,
        ]);
    }
  return found;
}

/** Why no file can be put into `directory`. */
function whyNotWritable(directory: string): string | undefined {
  if (!existsSync(directory)) return 'which is not there';
  if (!statSync(directory).isDirectory()) return 'which is no directory';
  const trial = join(directory, `.crosspage-${process.pid}`);
  try {
    writeFileSync(trial, '');
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? messageOf(error);
    return `into which you cannot write (${code})`;
  } finally {
    rmSync(trial, { force: true });
  }
}

function tftp({ name, tftp: how }: LabBoard): Finding[] {
  const path = ['boards', name, 'tftp'];
  if ('serve' in how) {
    const own = Object.values(networkInterfaces())
      .flat()
      .map((entry) => entry?.address);
    if (own.includes(how.serve.address) || how.serve.address === '0.0.0.0') return [];
    const list = own.filter((address) => address?.includes('.')).join(', ');
    const what = `is ${how.serve.address}, no address of this machine; it has ${list}`;
    return [[[...path, 'serve', 'address'], what]];
  }
  const why = whyNotWritable(how.directory);
  if (why === undefined) return [];
  return [
    [
      [...path, 'directory'],
      `is ${how.directory}, ${why}; expected the directory of a TFTP server that takes files`,
    ],
  ];
}

function references(
  value: unknown,
  path: LabPath,
): { path: LabPath; reference: SecretReference }[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length === 1 && (key === 'env' || key === 'file'))
    return [{ path: [...path, key], reference: value as SecretReference }];
  return Object.entries(value).flatMap(([inner, content]: [string, unknown]) =>
    references(content, [...path, inner]),
  );
}

function secretFaults(board: LabBoard, secrets: Secrets): Finding[] {
  return references(board, ['boards', board.name]).flatMap(({ path, reference }): Finding[] => {
    const fault = secrets.fault(reference);
    if (fault === undefined) return [];
    const [name, cure] =
      'env' in reference
        ? [reference.env, `set ${reference.env} in the environment`]
        : [reference.file, `run: chmod 600 ${reference.file}`];
    return [
      [path, `is ${name}, which ${fault}; ${fault === 'is not there' ? 'expected a file' : cure}`],
    ];
  });
}

function programs({ name, power }: LabBoard): Finding[] {
  if (power.kind !== 'command') return [];
  const path = ['boards', name, 'power'];
  const all: (readonly [LabPath, string | undefined])[] = [
    [[...path, 'on', 0], power.on[0]],
    [[...path, 'off', 0], power.off[0]],
    [[...path, 'state', 'run', 0], power.state?.run[0]],
  ];
  return all.flatMap(([at, program]): Finding[] =>
    program === undefined || findProgram(program) !== undefined
      ? []
      : [[at, `is ${program}, a program that is not there, or that you may not run`]],
  );
}

function agent({ name, ssh }: LabBoard): Finding[] {
  if (ssh?.agent !== true || (process.env['SSH_AUTH_SOCK'] ?? '') !== '') return [];
  return [
    [['boards', name, 'ssh', 'agent'], 'is true, but no ssh-agent runs: SSH_AUTH_SOCK is not set'],
  ];
}

function stateDirectory(lab: Lab): Finding[] {
  try {
    makeStateDirectory(lab.stateDirectory);
  } catch (error) {
    return [[['stateDirectory'], messageOf(error).split('\n')[0] ?? '']];
  }
  const why = whyNotWritable(lab.stateDirectory);
  return why === undefined ? [] : [[['stateDirectory'], `is ${lab.stateDirectory}, ${why}`]];
}

/** What this machine lacks for boards of the lab; a parked board may be unplugged. */
export function machineFaults({ lab, source }: LabReading, only?: string): LabFault[] {
  const boards = [...lab.boards.values()].filter(
    (board) => !isParked(board) && (only === undefined || board.name === only),
  );
  const secrets = new Secrets();
  const checks = [consoles, tftp, programs, agent];
  const findings = [
    ...stateDirectory(lab),
    ...boards.flatMap((board) => checks.flatMap((check) => check(board))),
    ...boards.flatMap((board) => secretFaults(board, secrets)),
    ...samePorts([...lab.boards.values()].filter((board) => !isParked(board))),
  ];
  return findings.map(([path, what]) => ({
    path,
    what,
    position: source.locate(path),
    ofMachine: true,
  }));
}

/**
 * Looks whether this machine has what one board of the lab needs: ports, directories, secrets,
 * programs. Nothing of the board is touched.
 * @throws EnvironmentError that names all that is missing, with its line of the lab file.
 */
export function checkBoard(lab: Lab, name: string): LabBoard {
  const board = boardOf(lab, name);
  const reading = readLab(lab.path);
  const faults = machineFaults(reading, name);
  if (faults.length > 0) throw labError(reading.source, faults);
  return board;
}

/**
 * Reads a lab file and looks at this machine.
 * @throws MisuseError or EnvironmentError that names every fault of both.
 */
export function checkLab(path: string): Lab {
  const reading = readLab(path);
  const faults = [...reading.faults, ...machineFaults(reading)];
  if (faults.length > 0) throw labError(reading.source, faults);
  return reading.lab;
}
