// SPDX-License-Identifier: Apache-2.0
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../host/evidence-files.ts';
import { OwnedProcess, type ProcessEnd } from '../host/processes.ts';
import { Deadline } from '../support/deadline.ts';

/** How a command of the user's ended. */
export interface CommandRun {
  /** Undefined where it did not end in time, and was ended. */
  readonly end: ProcessEnd | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Who is ended by SIGTERM has so long to put away what is his. */
const graceMs = 2000;

/** The last bytes of what a command printed that are kept: it may print without end. */
const mostKept = 1024 * 1024;

/** Whoever is left of a command in its process group. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is.
  }
}

/**
 * Runs a command for sh in a process group of its own; what it leaves running there is ended with it.
 * @param directory a directory for what it prints, which is made, and is gone afterwards.
 */
export async function runCommand(
  command: string,
  directory: string,
  options: { readonly env: Readonly<Record<string, string>>; readonly limitMs: number },
): Promise<CommandRun> {
  await makeDirectory(directory);
  // Into files: a pipe would stay open as long as anybody has it whom the command has left behind.
  const [out, errors] = [join(directory, 'stdout'), join(directory, 'stderr')];
  const script = 'exec sh -c "$1" </dev/null >"$2" 2>"$3"';
  try {
    const { env, limitMs } = options;
    await using run = await OwnedProcess.start('sh', ['-c', script, 'sh', command, out, errors], {
      env,
    });
    const late = new Error('late');
    const end = await Deadline.after(limitMs)
      .bound(run.ended, () => late)
      .catch((error: unknown) => {
        if (error !== late) throw error;
        return undefined;
      });
    if (end === undefined) await run.stop(undefined, graceMs);
    endGroup(run.pid);
    return { end, stdout: printed(out), stderr: printed(errors) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The end of a file that may be of any size. */
function printed(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, mostKept));
    return bytes
      .subarray(0, readSync(file, bytes, 0, bytes.length, size - bytes.length))
      .toString();
  } finally {
    closeSync(file);
  }
}
