// SPDX-License-Identifier: Apache-2.0
/** What a run was made from: revision, command, host, tools. */
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import type { FullConfig } from '@playwright/test/reporter';
import { runSeed } from '../host/run-seed.ts';
import { hex } from '../support/units.ts';
import type { RunInfo } from './model.ts';

type Provenance = Pick<RunInfo, 'gitRevision' | 'dirty' | 'seed' | 'command' | 'host' | 'tools'>;

/** What git says; undefined without git, or outside of a working tree. */
function git(root: string, ...args: string[]): string | undefined {
  try {
    // Without the lock: a person may be committing meanwhile.
    return execFileSync('git', ['--no-optional-locks', '-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    }).trim();
  } catch {
    return undefined;
  }
}

/** As it is written in the environment, so that it can be given again. */
function seedOf(): string {
  const seed = hex(runSeed());
  return process.env['CROSSPAGE_SEED'] ?? seed;
}

/** Gathers it, at the start of a run: what is committed meanwhile is not what is tested. */
export function provenanceOf(config: FullConfig, root: string): Provenance {
  const gitRevision = git(root, 'rev-parse', '--verify', 'HEAD');
  const changes = gitRevision === undefined ? undefined : git(root, 'status', '--porcelain');
  return {
    ...(gitRevision !== undefined && { gitRevision }),
    ...(changes !== undefined && { dirty: changes !== '' }),
    seed: seedOf(),
    command: ['playwright', ...process.argv.slice(2)].join(' '),
    host: {
      name: hostname(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    tools: { playwright: config.version },
  };
}
