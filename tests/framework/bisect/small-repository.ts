// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A git repository whose only file has had these contents, a commit each. */
export class SmallRepository {
  readonly directory: string;
  /** In the order in which they were made. */
  readonly commits: readonly string[];

  constructor(directory: string, contents: readonly string[], file = 'file') {
    this.directory = directory;
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    this.git('init', '--quiet');
    this.commits = contents.map((content, index) => {
      writeFileSync(join(directory, file), content);
      this.git('add', file);
      this.git('commit', '--quiet', '--allow-empty', '-m', `change ${index}`);
      return this.git('rev-parse', 'HEAD');
    });
  }

  git(...args: readonly string[]): string {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    return execFileSync('git', ['-C', this.directory, ...identity, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Everything that a user would see of it. */
  state(): string {
    const worktrees = this.git('worktree', 'list');
    return [this.git('status', '--porcelain', '--branch'), worktrees, this.git('show-ref')].join(
      '\n',
    );
  }
}
