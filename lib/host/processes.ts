// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A descriptor that is the child's standard input; {@link OwnedProcess.stdin} is not there then. */
  readonly stdin?: number;
  /** Stream sockets to open in the child at descriptors 3, 4, ...: how many. */
  readonly sockets?: number;
}

/** Children that are not ended yet; the last resort when this process exits without disposing. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) killGroup(child, 'SIGKILL');
});

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended between the look and the kill.
  }
}

/**
 * util-linux's setpriv makes the kernel kill the child when this process dies, however it dies:
 * nothing survives a `kill -9` of the runner. prctl(2), PR_SET_PDEATHSIG.
 */
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/** The program's path, as a shell finds it, or undefined. */
export function findProgram(program: string): string | undefined {
  const candidates = program.includes('/')
    ? [program]
    : (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, program));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A child process in a group of its own, which never outlives this process. */
export class OwnedProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  #end: ProcessEnd | undefined;
  #killed = false;
  #stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    living.add(child);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-16_384);
    });
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        living.delete(child);
        this.#end = { code, signal };
        resolve(this.#end);
      });
    });
  }

  /**
   * Starts `program`, found on PATH or given by path.
   * @throws EnvironmentError when it cannot be started.
   */
  static async start(
    program: string,
    args: readonly string[],
    options: ProcessOptions = {},
  ): Promise<OwnedProcess> {
    const path = findProgram(program);
    if (path === undefined)
      throw new EnvironmentError({
        who: program,
        what: 'could not be started: there is no such program, or it may not be run',
        remedy: 'run `npx crosspage doctor`',
      });
    const sockets = Array.from({ length: options.sockets ?? 0 }, () => 'pipe' as const);
    const [command, prefix] =
      setpriv === undefined ? [path, []] : [setpriv, ['--pdeathsig', 'KILL', path]];
    const child = spawn(command, [...prefix, ...args], {
      detached: true,
      stdio: [options.stdin ?? 'pipe', 'pipe', 'pipe', ...sockets],
      env: { ...process.env, ...options.env },
    });
    const owned = new OwnedProcess(child);
    try {
      await once(child, 'spawn');
    } catch (error) {
      living.delete(child);
      throw new EnvironmentError(
        { who: program, what: `could not be started: ${(error as Error).message}` },
        { cause: error },
      );
    }
    return owned;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  /** What it wrote to standard error, the last 16 KiB. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The n-th socket, from 0. */
  socket(index: number): Duplex {
    return this.#child.stdio[3 + index] as Duplex;
  }

  /** How it ended, once it has. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Whether {@link stop} had to send SIGKILL. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Settles when it has ended and its streams are read. */
  get ended(): Promise<ProcessEnd> {
    return this.#ended;
  }

  /** Ends it and its group: `quit` if given, then SIGTERM, then SIGKILL. Idempotent. */
  async stop(quit?: () => void, graceMs = 500): Promise<ProcessEnd> {
    const steps = [quit, 'SIGTERM', 'SIGKILL'] as const;
    for (const step of steps) {
      if (step === undefined) continue;
      if (this.#end !== undefined) return this.#end;
      if (step === 'SIGKILL') this.#killed = true;
      if (typeof step === 'function') step();
      else killGroup(this.#child, step);
      const late = new Error('late');
      const end = await Deadline.after(graceMs)
        .bound(this.#ended, () => late)
        .catch(() => undefined);
      if (end !== undefined) return end;
    }
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** `exit code 1`, `signal SIGKILL`. */
export function describeEnd(end: ProcessEnd): string {
  return end.signal === null ? `exit code ${String(end.code)}` : `signal ${end.signal}`;
}
