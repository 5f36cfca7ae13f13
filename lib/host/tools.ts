// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, createWriteStream, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { EnvironmentError } from '../support/errors.ts';

/** How a tool is run. */
export interface ToolOptions {
  readonly cwd?: string;
  /** Variables in addition to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** File to which everything that the tool prints is appended. */
  readonly log?: string;
  /** What the tool reads from its standard input; nothing by default. */
  readonly input?: string;
  /** What to do when the tool fails. */
  readonly remedy?: string;
  /** Called with each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** How a tool ended, and what it printed. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Process groups of tools that run now; they end with this process. */
const groups = new Set<number>();
process.once('exit', () => {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended between the look and the kill.
    }
  }
});

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of `program` on PATH (or `program` itself when it is a path), if it can be executed. */
export function findTool(program: string, path = process.env['PATH'] ?? ''): string | undefined {
  if (isAbsolute(program)) return isExecutable(program) ? program : undefined;
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, program))
    .find(isExecutable);
}

/** Ends the tool when this process dies, even by SIGKILL: prctl(2), PR_SET_PDEATHSIG. */
const deathSignal = ['setpriv', '--pdeathsig', 'KILL'];

/** Runs `program` to its end and returns how it ended, whatever that is. */
export async function tryTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { $ } = await import('zx/core');
  const shell = $({
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.input !== undefined && { input: options.input }),
    env: { ...process.env, ...options.env },
    quiet: true,
    nothrow: true,
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const prefix = findTool('setpriv') === undefined ? [] : deathSignal;
  const running = shell`exec ${[...prefix, program, ...args]}`;
  const group = running.pid;
  if (group !== undefined) groups.add(group);
  const log =
    options.log === undefined ? undefined : createWriteStream(options.log, { flags: 'a' });
  log?.write(`$ ${[program, ...args].join(' ')}\n`);
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log?.write(chunk);
      options.onOutput?.(chunk.toString());
    });
  }
  try {
    const { exitCode, signal, stdout, stderr } = await running;
    return { code: exitCode ?? (signal === null ? 1 : 128), stdout, stderr };
  } finally {
    if (group !== undefined) groups.delete(group);
    log?.end();
  }
}

/**
 * Runs `program` to its end and returns what it printed to its standard output.
 * @throws EnvironmentError when it fails, with the last lines that it printed.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const result = await tryTool(program, args, options);
  if (result.code === 0) return result.stdout;
  const said = result.stderr.trim() === '' ? result.stdout : result.stderr;
  throw new EnvironmentError({
    who: program,
    what: `ended with exit code ${result.code}: ${[program, ...args].join(' ').slice(0, 200)}`,
    lastSeen: lastLines(said),
    where: options.log,
    remedy: cureOf(program, said) ?? options.remedy,
  });
}

function cureOf(program: string, said: string): string | undefined {
  if (findTool(program) === undefined) {
    return `install ${program}; \`npx crosspage doctor\` says how`;
  }
  return /No space left on device|Disk quota exceeded/.test(said)
    ? 'the disk is full: make room, then run the command again'
    : undefined;
}

/** The last `count` lines of `text` that are not empty. */
export function lastLines(text: string, count = 12): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '(nothing)' : lines.slice(-count).join('\n');
}
