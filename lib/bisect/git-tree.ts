// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../host/evidence-files.ts';
import type { ToolResult } from '../host/tools.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { git, tryGit } from './git.ts';
import type { RevisionWalk } from './revisions.ts';
import { removeWorktree } from './worktrees.ts';

/** What git says of a step of a bisection. */
export type BisectStep =
  | { readonly kind: 'next'; readonly left: string }
  | { readonly kind: 'found'; readonly commit: string }
  | { readonly kind: 'only-skipped'; readonly commits: readonly string[] };

function parseStep({ code, stdout, stderr }: ToolResult, directory: string): BisectStep {
  const said = `${stdout}\n${stderr}`;
  const found = /^([0-9a-f]{40,64}) is the first bad commit/m.exec(said)?.[1];
  if (found !== undefined) return { kind: 'found', commit: found };
  if (said.includes("There are only 'skip'ped commits left to test"))
    return { kind: 'only-skipped', commits: said.match(/^[0-9a-f]{40,64}$/gm) ?? [] };
  if (code === 0)
    return { kind: 'next', left: /Bisecting: (.*)$/m.exec(said)?.[1] ?? 'revisions are left' };
  throw new EnvironmentError({
    who: 'git bisect',
    what: `ended with exit code ${code}`,
    lastSeen: said.trim(),
    where: directory,
  });
}

/**
 * A worktree of somebody's repository, made for us: theirs is never touched, whatever state it is
 * in. It is gone when it is disposed of, and when this process ends.
 */
export class GitTree implements RevisionWalk, AsyncDisposable {
  readonly directory: string;
  readonly #atExit = (): void => {
    removeWorktree(this.directory);
  };

  private constructor(directory: string) {
    this.directory = directory;
    process.once('exit', this.#atExit);
  }

  /** @throws MisuseError for what is no repository, or has not that revision. */
  static async open(source: string, directory: string, revision: string): Promise<GitTree> {
    const commit = await commitOf(source, revision);
    // What a run that was killed left is in the way.
    removeWorktree(directory);
    await makeDirectory(dirname(directory));
    const tree = new GitTree(directory);
    try {
      await git(source, ['worktree', 'add', '--quiet', '--detach', directory, commit]);
    } catch (error) {
      await tree[Symbol.asyncDispose]();
      throw error;
    }
    return tree;
  }

  /** Names of the objects at `paths` of the revision that is checked out; of those that are there. */
  async objects(paths: readonly string[]): Promise<readonly string[]> {
    const listed = await git(this.directory, ['ls-tree', 'HEAD', '--', ...paths]);
    return listed.split('\n');
  }

  /** The commit that is checked out. */
  head(): Promise<string> {
    return git(this.directory, ['rev-parse', 'HEAD']);
  }

  /** Checks out a revision; what a build has left stays, and makes the next one quicker. */
  async checkOut(revision: string): Promise<void> {
    await git(this.directory, ['checkout', '--quiet', '--force', '--detach', revision]);
  }

  /** Begins a bisection in this worktree, which has its own. */
  async start(good: string, bad: string): Promise<BisectStep> {
    return this.#bisect('start', bad, good);
  }

  async mark(verdict: 'good' | 'bad' | 'skip'): Promise<BisectStep> {
    return this.#bisect(verdict);
  }

  /** Author, date, subject and the files that a commit changes. */
  describe(commit: string): Promise<string> {
    return git(this.directory, ['show', '--stat', '--format=%h %s%n%an, %as', commit]);
  }

  async #bisect(...args: readonly string[]): Promise<BisectStep> {
    return parseStep(await tryGit(this.directory, ['bisect', ...args]), this.directory);
  }

  [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#atExit);
    removeWorktree(this.directory);
    return Promise.resolve();
  }
}

/**
 * The full name of a commit.
 * @param remedy what to give instead of a directory that is no repository.
 * @throws MisuseError where there is none of that name.
 */
export async function commitOf(
  source: string,
  revision: string,
  remedy = 'give a clone of Xen with its history',
): Promise<string> {
  if (!existsSync(source))
    throw new MisuseError({ who: source, what: 'there is no such directory', remedy });
  const repository = await tryGit(source, ['rev-parse', '--git-dir']);
  if (repository.code !== 0) {
    const none = /not a git repository/.test(repository.stderr);
    throw new MisuseError({
      who: source,
      what: none ? 'is no git repository' : 'cannot be read by git',
      ...(none ? { remedy } : { lastSeen: repository.stderr.trim() }),
    });
  }
  const { code, stdout } = await tryGit(source, [
    ...['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
  ]);
  if (code === 0) return stdout.trim();
  throw new MisuseError({
    who: `${source}, revision ${revision}`,
    what: 'there is no such commit',
    remedy: 'a shallow clone has only its last ones: git fetch --unshallow',
  });
}

/** @throws MisuseError where the good one does not come before the bad one. */
export async function checkAncestry(source: string, good: string, bad: string): Promise<void> {
  if (good === bad)
    throw new MisuseError({
      who: `${source}, ${good.slice(0, 12)}`,
      what: 'is both ends: there is nothing between them',
    });
  if ((await tryGit(source, ['merge-base', '--is-ancestor', good, bad])).code === 0) return;
  throw new MisuseError({
    who: `${source}, ${good.slice(0, 12)}`,
    what: `does not come before ${bad.slice(0, 12)}`,
    remedy: 'give as the good end a commit from which the bad one was made',
  });
}
