// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, writeEvidence } from '../host/evidence-files.ts';
import { lastLines, tryTool } from '../host/tools.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
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

/**
 * A test that is a command of the user's, for `sh -c`: exit code 0 is good, 125 says that the
 * configuration cannot be tried, 1 to 124 are bad.
 */
export class CommandTest implements ConfigurationTest {
  readonly identity: string;
  readonly question = { expected: [], tests: [] };
  readonly reads = (): boolean => true;
  readonly executes = true;
  readonly run: ConfigurationTest['run'];
  readonly booted: ConfigurationTest['booted'];
  readonly #command: string;

  private constructor(command: string, identity: string) {
    this.#command = command;
    this.booted = [['command', command]];
    this.identity = identity;
    this.run = (directory, evidence) => this.#try(directory, evidence);
  }

  /** @throws MisuseError for a command that there is not, or that no shell takes. */
  static async open(command: string): Promise<CommandTest> {
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
    const hash = createHash('sha256').update(JSON.stringify([process.cwd(), command]));
    if (program !== undefined) {
      const found = await tryTool('sh', ['-c', 'command -v -- "$1"', 'sh', program]);
      if (found.code !== 0) refuse(`there is no program ${program}`);
      for (const path of filesIn(found.stdout.trim())) hash.update(readFileSync(path));
    }
    for (const path of filesIn(command)) hash.update(readFileSync(path));
    return new CommandTest(command, hash.digest('hex').slice(0, 12));
  }

  async #try(directory: string, evidence: string): Promise<Observation> {
    const startMs = performance.now();
    const env = { [configurationVariable]: directory };
    const { code, stdout, stderr } = await tryTool('sh', ['-c', this.#command], { env });
    const output = stderr.trim() === '' ? stdout : stderr;
    const said = output.trim() === '' ? undefined : lastLines(output, 3);
    const message = [`exit code ${code}`, ...(said?.split('\n') ?? [])].join('; ');
    const tookMs = performance.now() - startMs;
    const of = (assertion: string): Observation => ({
      faults: [{ assertion, message }],
      present: [],
      tookMs,
    });
    if (code === 0) return { faults: [], present: [], tookMs };
    if (code === untestable) return of(cannotBeTried);
    if (code === notExecutable || code === notFound)
      throw new MisuseError({
        who: `--test-command '${this.#command}'`,
        what: `could not be run: exit code ${code}`,
        lastSeen: said,
        remedy: 'to say that a configuration is bad, exit with 1 to 124',
      });
    if (code > notFound)
      throw new EnvironmentError({
        who: `--test-command '${this.#command}'`,
        what: `was ended by a signal: exit code ${code}`,
        lastSeen: said,
      });
    await makeDirectory(evidence);
    await writeEvidence(join(evidence, 'output.log'), stdout + stderr);
    return of('the command exits with 0');
  }
}
