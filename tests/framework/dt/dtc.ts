// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process';

/** Why dtc cannot be asked, or undefined if it can. */
export const noDtc: string | undefined =
  spawnSync('dtc', ['--version']).status === 0
    ? undefined
    : 'dtc is not on PATH; install device-tree-compiler to compare with it';

/** What dtc makes of `input`: `-q` thrice would hide errors, once hides warnings. */
export function dtcSync(args: readonly string[], input: Uint8Array | string): Uint8Array {
  const { status, stdout, stderr } = spawnSync('dtc', ['-q', ...args, '-'], { input });
  if (status !== 0) throw new Error(`dtc ${args.join(' ')}: ${stderr.toString()}`);
  return new Uint8Array(stdout);
}

/** {@link dtcSync}, meanwhile letting others run. */
export async function dtc(
  args: readonly string[],
  input: Uint8Array | string,
): Promise<Uint8Array> {
  const child = spawn('dtc', ['-q', ...args, '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // One that ends before it has read everything says why on its error output.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0)
    throw new Error(`dtc ${args.join(' ')}: ${Buffer.concat(errors).toString().slice(0, 500)}`);
  return new Uint8Array(Buffer.concat(out));
}
