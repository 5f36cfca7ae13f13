// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { makeDirectory, writeEvidence } from '../host/evidence-files.ts';
import { OwnedProcess } from '../host/processes.ts';
import { lastLines } from '../host/tools.ts';
import { headlineOf } from '../report/faults.ts';
import { type RunResult, runResultSchema, type TestResult } from '../report/model.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { type ConfigurationTest, configurationVariable, sameLine } from './configuration-test.ts';
import { cannotBeTried, type Observation } from './observation.ts';
import { hashOfSources } from './source-files.ts';

/** A test of the user's, as Playwright is asked for it. */
export interface SpecChoice {
  /** `path`, `path:line` or `path:line:column`, from where the user is; undefined: every file. */
  readonly spec: string | undefined;
  /** As Playwright's `-g`. */
  readonly title: string | undefined;
  /** Of the hypervisor; undefined: what the spec itself boots. */
  readonly flavour?: string | undefined;
}

/** More than any test of one spec takes. */
const budgetMs = 10 * 60_000;

const place = /(?::\d+){0,2}$/;

/** Whether a value of `--test` is a spec, and no name of a sharing. */
export const isSpec = (test: string): boolean =>
  /\.(?:spec|test)\.[cm]?[jt]sx?$/.test(test.replace(place, '')) || test.includes('/');

function argumentsOf({ spec, title }: SpecChoice): string[] {
  const args = title === undefined ? [] : ['-g', title];
  if (spec === undefined) return args;
  const [at = ''] = place.exec(spec) ?? [];
  const path = resolve(spec.slice(0, spec.length - at.length));
  return [...args, `${path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${at}`];
}

const shown = ({ spec, title }: SpecChoice): string =>
  [spec === undefined ? [] : `--test ${spec}`, title === undefined ? [] : `-g '${title}'`]
    .flat()
    .join(' ');

/** What a run of Playwright came to. */
interface Run {
  readonly code: number | null;
  /** What it printed, then what it printed as errors. */
  readonly said: string;
}

interface ListedSuite {
  readonly file: string;
  readonly specs: readonly { readonly tests: readonly { readonly projectName: string }[] }[];
  readonly suites?: readonly ListedSuite[] | undefined;
}

const suiteSchema: z.ZodType<ListedSuite> = z.lazy(() =>
  z.object({
    file: z.string(),
    specs: z.array(z.object({ tests: z.array(z.object({ projectName: z.string() })) })),
    suites: z.array(suiteSchema).optional(),
  }),
);

/** What Playwright's JSON reporter tells of tests that are listed. */
const listedSchema = z.object({
  config: z.object({ rootDir: z.string() }),
  suites: z.array(suiteSchema),
  errors: z.array(z.object({ message: z.string().optional() })),
});

const projectsOf = ({ specs, suites = [] }: ListedSuite): string[] => [
  ...specs.flatMap(({ tests }) => tests.map(({ projectName }) => projectName)),
  ...suites.flatMap(projectsOf),
];

/** Tests that there are. */
interface Listed {
  readonly projects: readonly string[];
  readonly files: readonly string[];
  /** Why there may be none. */
  readonly why: string;
}

/** What there is of a choice of tests; it boots nothing. */
async function list(root: string, args: readonly string[]): Promise<Listed> {
  const { said } = await playwright(root, ['--list', '--reporter=json', ...args], {});
  // A file may print something while it is loaded.
  const [, json = ''] = /^(\{\n[^]*?^\})$/m.exec(said) ?? [];
  let listed: z.infer<typeof listedSchema>;
  try {
    listed = listedSchema.parse(JSON.parse(json));
  } catch {
    return { projects: [], files: [], why: said };
  }
  const { config, suites, errors } = listed;
  return {
    projects: errors.length > 0 ? [] : suites.flatMap(projectsOf),
    files: suites.map(({ file }) => join(config.rootDir, file)),
    why: errors.map(({ message = '' }) => message).join('\n'),
  };
}

async function playwright(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  const config = join(root, 'playwright.config.ts');
  await using run = await OwnedProcess.start(
    process.execPath,
    [cli, 'test', '--config', config, ...args],
    { env: { ...env, NO_COLOR: '1' } },
  );
  let said = '';
  run.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const late = (): Error =>
    new EnvironmentError({
      who: 'playwright',
      what: `did not end within ${budgetMs / 60_000} minutes`,
      lastSeen: lastLines(said),
    });
  const { code } = await Deadline.after(budgetMs).bound(run.ended, late);
  return { code, said: said + run.stderr };
}

/** A test that is a spec of the user's, for Playwright: judged by the run's `results.json`. */
export class SpecTest implements ConfigurationTest {
  readonly identity: string;
  readonly question = { expected: [], tests: [] };
  readonly reads = (): boolean => true;
  readonly executes = true;
  readonly run: ConfigurationTest['run'];
  readonly booted: ConfigurationTest['booted'];
  readonly #root: string;
  readonly #args: readonly string[];
  readonly #flavour: string | undefined;

  private constructor(
    root: string,
    args: readonly string[],
    identity: string,
    flavour: string | undefined,
  ) {
    this.#root = root;
    this.#args = args;
    this.#flavour = flavour;
    this.booted = [['playwright', args.join(' ')]];
    this.identity = identity;
    this.run = (directory, evidence) => this.#try(directory, evidence);
  }

  /**
   * Looks whether there is such a test, which boots nothing.
   * @param root the project's directory.
   * @param project the Playwright project to run it in, where it is in several: a board.
   * @param identity what else decides what a run shows: images, the board.
   * @throws MisuseError where there is none.
   */
  static async open(
    root: string,
    choice: SpecChoice,
    project: string,
    identity: string,
  ): Promise<SpecTest> {
    const refuse = (what: string, lastSeen?: string): never => {
      throw new MisuseError({
        who: shown(choice),
        what,
        lastSeen,
        remedy: `give a spec below ${join(root, 'tests')}, or a title of one: npx playwright test --list`,
      });
    };
    const path = choice.spec?.replace(place, '');
    if (path !== undefined && !existsSync(path)) refuse('is no test: there is no such file');
    const args = argumentsOf(choice);
    const { projects, files, why } = await list(root, args);
    if (projects.length === 0) refuse('is no test: Playwright finds none', lastLines(why, 6));
    const own = projects.includes(project) ? project : (projects[0] ?? project);
    const sources = hashOfSources(root, files);
    const hash = createHash('sha256').update(JSON.stringify([identity, own, args, sources]));
    const all = [`--project=${own}`, '--workers=1', ...args];
    return new SpecTest(root, all, hash.digest('hex').slice(0, 12), choice.flavour);
  }

  async #try(directory: string, evidence: string): Promise<Observation> {
    const startMs = performance.now();
    await makeDirectory(evidence);
    const { said } = await playwright(this.#root, this.#args, {
      [configurationVariable]: directory,
      ...(this.#flavour !== undefined && { CROSSPAGE_FLAVOUR: this.#flavour }),
      CROSSPAGE_RUN: relative(join(this.#root, 'reports'), evidence),
    });
    await writeEvidence(join(evidence, 'output.log'), said);
    const results = await readResults(evidence, said);
    return observationOf(results, directory, performance.now() - startMs);
  }
}

async function readResults(directory: string, said: string): Promise<RunResult> {
  try {
    const text = await readFile(join(directory, 'results.json'), 'utf8');
    return runResultSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new EnvironmentError(
      {
        who: 'playwright',
        what: 'left no results that can be read',
        lastSeen: lastLines(said),
        where: directory,
      },
      { cause: error },
    );
  }
}

/** The error of a test that decides, or that it went wrong. */
function faultOfTest(
  { title, attempts, outcome }: TestResult,
  directory: string,
): Observation['faults'][number] {
  const errors = attempts.at(-1)?.errors ?? [];
  const error = errors.find(({ fault }) => fault !== undefined) ?? errors[0];
  const message = error === undefined ? outcome : headlineOf(error);
  return { assertion: `"${title}": ${sameLine(message, directory)}`, message };
}

/**
 * What a run of tests shows. A test that the environment spoilt shows nothing, and tests that were
 * all skipped cannot be tried.
 * @throws EnvironmentError where the lab or the host was in the way.
 */
export function observationOf(
  { tests, run }: Pick<RunResult, 'tests' | 'run'>,
  directory: string,
  tookMs: number,
): Observation {
  const ofEnvironment = ({ outcome, fault }: TestResult): boolean =>
    outcome === 'blocked' || (outcome === 'error' && fault === 'environment');
  const spoilt = tests.find(ofEnvironment);
  const [ofRun] = run.errors;
  const failed = tests.filter(({ outcome }) => ['failed', 'error', 'flaky'].includes(outcome));
  const subject = failed.filter((test) => !ofEnvironment(test));
  if (subject.length === 0 && (spoilt !== undefined || ofRun !== undefined))
    throw new EnvironmentError({
      who: spoilt === undefined ? 'playwright' : `"${spoilt.title}"`,
      what: 'was not judged: the environment was in the way',
      lastSeen: spoilt === undefined ? ofRun?.message : faultOfTest(spoilt, directory).message,
    });
  const tried = tests.filter(({ outcome }) => !['skipped', 'not-run'].includes(outcome));
  if (tried.length === 0)
    return {
      faults: [
        {
          assertion: cannotBeTried,
          message: `no test ran: ${tests[0]?.skipReason ?? 'there is none'}`,
        },
      ],
      present: [],
      tookMs,
    };
  return { faults: subject.map((test) => faultOfTest(test, directory)), present: [], tookMs };
}
