// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../bisect/git.ts';
import { commitOf } from '../bisect/git-tree.ts';
import { MisuseError } from '../support/errors.ts';
import { SourceError } from '../support/source-text.ts';

/** For a directory that is no repository. */
const remedy =
  'give the git repository that the configuration is kept in; without --repository, --good and --bad are directories';

/** Two revisions of a repository of configurations, as directories. Gone when disposed of. */
export class RepositoryEnds implements Disposable {
  readonly good: string;
  readonly bad: string;
  readonly #directory: string;
  readonly #names: (readonly [directory: string, revision: string])[];
  readonly #repository: string;
  readonly #path: string;
  readonly #remove = (): void => {
    rmSync(this.#directory, { recursive: true, force: true });
  };

  private constructor(
    repository: string,
    directory: string,
    ends: { good: string; bad: string },
    names: readonly string[],
    path: string,
  ) {
    this.#repository = repository;
    this.#path = path;
    this.#directory = directory;
    this.#names = names.map((name) => [join(directory, name), name] as const);
    this.good = join(directory, ends.good, path);
    this.bad = join(directory, ends.bad, path);
    process.once('exit', this.#remove);
  }

  /**
   * @param path the configuration's directory in the repository.
   * @throws MisuseError for what is no repository, or a revision without that directory.
   */
  static async open(
    repository: string,
    revisions: { readonly good: string; readonly bad: string },
    path = '',
  ): Promise<RepositoryEnds> {
    const commits = {
      good: (await commitOf(repository, revisions.good, remedy)).slice(0, 12),
      bad: (await commitOf(repository, revisions.bad, remedy)).slice(0, 12),
    };
    const directory = mkdtempSync(join(tmpdir(), `crosspage-ends-${process.pid}-`));
    const ends = new RepositoryEnds(repository, directory, commits, Object.values(commits), path);
    try {
      for (const commit of new Set(Object.values(commits)))
        await extract(repository, commit, directory);
      for (const end of [ends.good, ends.bad])
        if (!existsSync(end))
          throw new MisuseError({ who: ends.named(end), what: 'there is no such directory' });
      return ends;
    } catch (error) {
      ends[Symbol.dispose]();
      throw error;
    }
  }

  /** The configuration at another commit; undefined where it has no such directory. */
  async at(commit: string): Promise<string | undefined> {
    const name = commit.slice(0, 12);
    const root = join(this.#directory, name);
    if (!existsSync(root)) {
      await extract(this.#repository, name, this.#directory);
      this.#names.push([root, name]);
    }
    const directory = join(root, this.#path);
    return existsSync(directory) ? directory : undefined;
  }

  /** What went wrong, with files called as git does. */
  namedError(error: unknown): unknown {
    if (error instanceof SourceError)
      return new SourceError(
        '',
        error.problems.map((problem) => {
          const file = this.named(problem.place.file);
          return { ...problem, place: { ...problem.place, file }, what: this.named(problem.what) };
        }),
      );
    if (!(error instanceof MisuseError)) return error;
    const { who, what, lastSeen, where, remedy } = error.story;
    const named = (text: string | undefined): string | undefined => text && this.named(text);
    const story = { lastSeen: named(lastSeen), where: named(where), remedy: named(remedy) };
    const told = { ...error.story, ...story, who: this.named(who), what: this.named(what) };
    return new MisuseError(told, { cause: error });
  }

  /** A text in which files of the ends are called as git does: `1a2b3c4d5e6f:conf/host.dts`. */
  named(text: string): string {
    return this.#names.reduce(
      (so, [directory, revision]) =>
        so.replaceAll(`${directory}/`, `${revision}:`).replaceAll(directory, revision),
      text,
    );
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}

/**
 * Lays a commit's files as a checkout would: of an archive, what the repository's attributes leave out
 * of those (`export-ignore`) would be missing, and other files would be changed.
 */
async function extract(repository: string, commit: string, directory: string): Promise<void> {
  const root = join(directory, commit);
  await mkdir(root);
  const gitDirectory = await git(repository, ['rev-parse', '--absolute-git-dir']);
  const prefix = await git(repository, ['rev-parse', '--show-prefix']);
  // An index of ours: theirs says what they have staged.
  const index = join(directory, `${commit}.index`);
  const ours = { GIT_INDEX_FILE: index };
  const laid = [`--git-dir=${gitDirectory}`, `--work-tree=${root}`];
  try {
    await git(root, [...laid, 'read-tree', `${commit}:${prefix}`], ours);
    await git(root, [...laid, 'checkout-index', '--all', '--quiet'], ours);
  } finally {
    await rm(index, { force: true });
  }
}
