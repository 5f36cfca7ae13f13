// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { type CleanBoot, figures, unexplained } from './boots.ts';
import type { Judged } from './chaos.ts';
import { describe } from './judge.ts';

/** What came of a run of chaos, kept in a file after each scenario and each boot. */
export class Results {
  readonly file: string;
  readonly scenarios: Judged[] = [];
  readonly boots: CleanBoot[] = [];

  /** `file` is written anew. */
  constructor(file: string) {
    this.file = file;
  }

  /** Scenarios that did not come out as expected. */
  get wrong(): number {
    return this.scenarios.filter(({ wrong }) => wrong.length > 0).length;
  }

  /** Boots that were not well at the first attempt. */
  get unexplained(): number {
    return this.boots.filter(unexplained).length;
  }

  /** @throws EnvironmentError when the file cannot be written. */
  addScenario(one: Judged): void {
    this.scenarios.push(one);
    this.#write();
  }

  /** @throws EnvironmentError when the file cannot be written. */
  addBoot(one: CleanBoot): void {
    this.boots.push(one);
    this.#write();
  }

  #write(): void {
    const content = {
      schemaVersion: 1,
      scenarios: this.scenarios.map(({ scenario, seen, wrong, evidence }) => ({
        name: scenario.name,
        what: scenario.what,
        expected: describe(scenario.expected),
        ok: wrong.length === 0,
        wrong,
        ...seen,
        evidence,
      })),
      stages: figures(this.boots),
      boots: this.boots.map((one) => ({ ...one, stages: Object.fromEntries(one.stages) })),
    };
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(`${this.file}.new`, `${JSON.stringify(content, undefined, 2)}\n`);
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      const what = `the results cannot be written: ${messageOf(error)}`;
      const remedy = 'name another file with --json';
      throw new EnvironmentError(
        { who: 'chaos', what, where: this.file, remedy },
        { cause: error },
      );
    }
  }
}
