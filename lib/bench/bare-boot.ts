// SPDX-License-Identifier: Apache-2.0
import { describeEnd, OwnedProcess } from '../host/processes.ts';
import { lastLines } from '../host/tools.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';

/** What QEMU costs without a harness: the same files, booted to the same console lines. */
export interface BareBoot {
  /** A script that a boot of the harness left (`boot.sh`). */
  readonly script: string;
  /** Records of this kind on the console end the boot, one from each domain. */
  readonly readyLines: number;
}

/**
 * Boots the files of a script and ends QEMU at the last ready line; returns milliseconds from the
 * start to that line, and to QEMU's end.
 * @throws EnvironmentError when the lines do not come.
 */
export async function bareBoot(
  boot: BareBoot,
  deadline: Deadline,
): Promise<{ readyMs: number; endMs: number }> {
  const startMs = performance.now();
  await using process = await OwnedProcess.start('/bin/sh', [boot.script]);
  let text = '';
  const ready = new Promise<number>((resolve) => {
    process.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // Lines end with CR LF, and `.` does not match the CR.
      if ((text.match(/ ready [^\n]*\n/g) ?? []).length >= boot.readyLines)
        resolve(performance.now() - startMs);
    });
  });
  const ended = process.ended.then((end): never => {
    throw new EnvironmentError({
      who: boot.script,
      what: `ended before its domains were ready: ${describeEnd(end)}`,
      lastSeen: process.stderr.trim(),
    });
  });
  ended.catch(() => undefined);
  const late = (): Error =>
    new EnvironmentError({
      who: boot.script,
      what: `${boot.readyLines} domains were not ready within ${Math.round(deadline.budgetMs)} ms`,
      lastSeen: lastLines(text),
      remedy: 'run the script by hand and compare its console with what a test’s console.log shows',
    });
  const readyMs = await deadline.bound(Promise.race([ready, ended]), late);
  await process.stop();
  return { readyMs, endMs: performance.now() - startMs };
}
