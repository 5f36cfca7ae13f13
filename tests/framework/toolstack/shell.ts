// SPDX-License-Identifier: Apache-2.0
// A mock of XenStore's clients for shell scripts: a value is a file, a watch waits for its change.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A path is a file below `store`; `/` becomes `_`. A watch says once what is there, then changes. */
const clients: Readonly<Record<string, string>> = {
  'xenstore-read': '[ "$1" = -R ] && shift; cat "$STORE/$(echo "$1" | tr / _)"',
  // A domain is there for as long as the store is.
  'xenstore-exists':
    'case $1 in */data/*) [ -e "$STORE/$(echo "$1" | tr / _)" ] ;; *) [ -e "$STORE" ] ;; esac',
  'xenstore-write':
    '[ "$1" = -R ] && shift; file="$STORE/$(echo "$1" | tr / _)"; printf "%s" "$2" > "$file.new"; mv "$file.new" "$file"',
  'xenstore-watch':
    'echo "$1"; last=; while [ -e "$STORE" ]; do now=$(cat "$STORE/$(echo "$1" | tr / _)" 2> /dev/null); ' +
    '[ "$now" = "$last" ] || { last=$now; echo "$1" || exit; }; sleep 0.02; done',
};

/** Where the mock keeps its values, and a PATH on which its clients come first. */
export interface MockXenStore {
  readonly env: NodeJS.ProcessEnv;
  readonly store: string;
}

/** Writes the mock into `directory`, with further programs by name: shell scripts. */
export function mockXenStore(
  directory: string,
  more: Readonly<Record<string, string>> = {},
): MockXenStore {
  const bin = join(directory, 'bin');
  const store = join(directory, 'store');
  for (const made of [bin, store]) mkdirSync(made, { recursive: true });
  for (const [name, script] of Object.entries({ ...clients, ...more })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { store, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, STORE: store } };
}

/** How a script ended, and what it printed. */
export interface ShellEnd {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs a script with arguments by bash, whose `read -t` is busybox’s, and waits for its end. */
export async function runShell(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ShellEnd> {
  const child = spawn('bash', ['-c', script, 'script', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [code, stdout] = await Promise.all([ended, text(child.stdout)]);
  return { code, stdout };
}
