// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, writeEvidence } from '../host/evidence-files.ts';
import { describeEnd } from '../host/processes.ts';
import { lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { runCommand } from './command-run.ts';
import { type ConfigurationTest, configurationVariable } from './configuration-test.ts';
import { cannotBeTried, type Observation } from './observation.ts';

/** Exit codes as `git bisect run` has them. */
const untestable = 125;
const notExecutable = 126;
const notFound = 127;

/** What is run: the first word of a command that is no assignment. */
const programOf = (command: string): string | undefined =>
  /^\s*(?:[A-Za-z_]\w*=[^\s"'`$]*\s+)*([\w./+-]+)(?=\s|$)/.exec(command)?.[1];

/** Files that a command names: what they do may have changed since it was last asked. */
const filesIn = (command: string): string[] =>
  command
    .split(/[\s"'`;&|()<>=]+/)
    .filter((word) => word !== '' && existsSync(word) && statSync(word).isFile());

/** So long a run of a command may take, in seconds, unless the user says otherwise. */
export const defaultLimit = 600;

/**
 * A test that is a command of the user's, for `sh -c`: exit code 0 is good, 125 says that the
 * configuration cannot be tried, 1 to 124 are bad, and so is, by an assertion of its own, a run that
 * does not end in time.
 */
export class CommandTest implements ConfigurationTest {
  readonly identity: string;
  readonly question = { expected: [], tests: [] };
  readonly reads = (): boolean => true;
  readonly executes = true;
  readonly run: ConfigurationTest['run'];
  readonly booted: ConfigurationTest['booted'];
  readonly #command: string;
  readonly #limit: number;

  private constructor(command: string, limit: number, identity: string) {
    this.#command = command;
    this.#limit = limit;
    this.booted = [
      ['command', command],
      ['time limit', `${limit} s for each run`],
    ];
    this.identity = identity;
    this.run = (directory, evidence) => this.#try(directory, evidence);
  }

  /**
   * @param limit so long a run may take, in seconds.
   * @throws MisuseError for a command that there is not, or that no shell takes.
   */
  static async open(command: string, limit = defaultLimit): Promise<CommandTest> {
    const refuse = (what: string, lastSeen?: string): never => {
      throw new MisuseError({
        who: `--test-command '${command}'`,
        what,
        lastSeen,
        remedy:
          'give a command for sh: it is run where you are, the configuration is in $CROSSPAGE_CONFIG',
      });
    };
    if (command.trim() === '') refuse('is empty');
    const syntax = await tryTool('sh', ['-n', '-c', command]);
    if (syntax.code !== 0) refuse('is no command that sh takes', lastLines(syntax.stderr));
    const program = programOf(command);
    const hash = createHash('sha256').update(JSON.stringify([process.cwd(), command, limit]));
    if (program !== undefined) {
      const found = await tryTool('sh', ['-c', 'command -v -- "$1"', 'sh', program]);
      if (found.code !== 0) refuse(`there is no program ${program}`);
      for (const path of filesIn(found.stdout.trim())) hash.update(readFileSync(path));
    }
    for (const path of filesIn(command)) hash.update(readFileSync(path));
    return new CommandTest(command, limit, hash.digest('hex').slice(0, 12));
  }

  async #try(directory: string, evidence: string): Promise<Observation> {
    const startMs = performance.now();
    const { end, stdout, stderr } = await runCommand(this.#command, `${evidence}.running`, {
      env: { [configurationVariable]: directory },
      limitMs: 1000 * this.#limit,
    });
    const output = stderr.trim() === '' ? stdout : stderr;
    const said = output.trim() === '' ? undefined : lastLines(output, 3);
    const ended = end === undefined ? `ended after ${this.#limit} s` : describeEnd(end);
    const message = [ended, ...(said?.split('\n') ?? [])].join('; ');
    const tookMs = performance.now() - startMs;
    const of = (assertion: string): Observation => ({
      faults: [{ assertion, message }],
      present: [],
      tookMs,
    });
    const code = end?.code;
    if (code === 0) return { faults: [], present: [], tookMs };
    if (code === untestable) return of(cannotBeTried);
    if (code === notExecutable || code === notFound)
      throw new MisuseError({
        who: `--test-command '${this.#command}'`,
        what: `could not be run: exit code ${code}`,
        lastSeen: said,
        remedy: 'to say that a configuration is bad, exit with 1 to 124',
      });
    if (code === null || (code !== undefined && code > notFound))
      throw new EnvironmentError({
        who: `--test-command '${this.#command}'`,
        what: `was ended by a signal: ${ended}`,
        lastSeen: said,
      });
    await makeDirectory(evidence);
    await writeEvidence(join(evidence, 'output.log'), stdout + stderr);
    return of(
      end === undefined ? `the command ends within ${this.#limit} s` : 'the command exits with 0',
    );
  }
}
