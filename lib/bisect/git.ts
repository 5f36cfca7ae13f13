// SPDX-License-Identifier: Apache-2.0
import { tryTool, type ToolResult } from '../host/tools.ts';
import { EnvironmentError } from '../support/errors.ts';

/**
 * What names a repository in the environment (`git rev-parse --local-env-vars`): who calls us may be a
 * hook of another one, or a bisection of its own, and what it tells git is not for us.
 */
const ofCaller = [
  ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_IMPLICIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_INDEX_FILE'],
  ...['GIT_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'],
  ...['GIT_GRAFT_FILE', 'GIT_SHALLOW_FILE', 'GIT_NAMESPACE'],
];

/** What a user has git do is for the user's eyes: here its words are read. */
const settings = [
  ...['core.hooksPath=/dev/null', 'core.quotePath=false', 'color.ui=false'],
  'log.showSignature=false',
];

/**
 * A command of git in a directory, for env(1): whatever the environment says of repositories, and
 * without the hooks of whoever owns it.
 */
const inDirectory = (
  directory: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): string[] => [
  ...ofCaller.flatMap((name) => ['-u', name]),
  ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
  ...['LC_ALL=C', 'git', '-C', directory, ...settings.flatMap((one) => ['-c', one]), ...args],
];

/** Runs git in a directory; how it ended, whatever that is. */
export function tryGit(
  directory: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  return tryTool('env', inDirectory(directory, args, variables));
}

/** What git prints, without spaces around it. @throws EnvironmentError when it fails. */
export async function git(
  directory: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryGit(directory, args, variables);
  if (code === 0) return stdout.trim();
  throw new EnvironmentError({
    who: `git ${args.join(' ')}`,
    what: `ended with exit code ${code}`,
    lastSeen: stderr.trim(),
    where: directory,
  });
}
