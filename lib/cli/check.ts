// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { formatSeconds } from '../host/progress.ts';
import { projectRoot } from '../images/places.ts';

interface Check {
  readonly name: string;
  /** A program of node_modules, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** The slowest first: two run at a time. */
const checks: readonly Check[] = [
  { name: 'eslint', command: ['eslint/bin/eslint.js', '.', '--max-warnings', '0'] },
  { name: 'tsc', command: ['typescript/bin/tsc', '--noEmit'] },
  // Its options stand in package.json.
  { name: 'typedoc', command: ['typedoc/bin/typedoc'] },
  {
    name: 'dependency-cruiser',
    command: ['dependency-cruiser/bin/dependency-cruise.mjs', 'lib', 'tests'],
  },
  {
    name: 'prettier',
    command: ['prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn', '--cache'],
  },
];

async function run({ name, command }: Check): Promise<boolean> {
  const start = performance.now();
  const [script, ...args] = command;
  const path = join(projectRoot, 'node_modules', script);
  const child = spawn(process.execPath, [path, ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const verdict = code === 0 ? 'ok' : `failed, exit code ${String(code)}`;
  process.stdout.write(`${name}: ${verdict} (${formatSeconds(performance.now() - start)})\n`);
  if (code !== 0) process.stdout.write(output.replaceAll(/^/gm, '    ').trimEnd() + '\n');
  return code === 0;
}

/** Everything that a program can say about the source without booting anything. */
export async function check(): Promise<void> {
  const start = performance.now();
  const queue = [...checks];
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!(await run(next))) failed++;
    }
  };
  await Promise.all([worker(), worker()]);
  const elapsed = formatSeconds(performance.now() - start);
  const verdict =
    failed === 0 ? 'all checks passed' : `${failed} of ${checks.length} checks failed`;
  process.stdout.write(`${verdict} (${elapsed})\n`);
  if (failed > 0) process.exitCode = 1;
}
