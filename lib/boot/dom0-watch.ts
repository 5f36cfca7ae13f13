// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { findDeath } from '../xen/console-lines.ts';
import { findDom0Stage } from '../xen/dom0-stages.ts';
import { blameLine } from './blame-line.ts';
import { askXen } from './debug-keys.ts';
import type { Stages } from './system.ts';

/** How long Xen has to answer: a loaded host may give it little time. */
const answerMs = 4000;

/**
 * Follows a Linux dom0 on the machine's console: its stages, its panic, the stage that failed. The
 * machine's fate ends with what breaks dom0.
 */
export class Dom0Watch {
  readonly #machine: RunningMachine;
  readonly #who: string;
  readonly #stages = new Map<string, number>();
  readonly #startMs = performance.now();

  constructor(who: string, machine: RunningMachine) {
    this.#who = who;
    this.#machine = machine;
    const { transcript, lines } = machine.console;
    for (const line of lines) this.#take(line.text, line.number);
    transcript.onLine((line) => {
      this.#take(line.text, line.number);
    });
  }

  /** Stages that were reached, with the milliseconds from the machine's start. */
  get stages(): Stages {
    return this.#stages;
  }

  /**
   * Waits until dom0 says that it begins a stage.
   * @throws SubjectError when it does not; what ended dom0 or the machine.
   */
  async until(stage: string, deadline: Deadline): Promise<void> {
    const { console } = this.#machine;
    const late = new Error('late');
    const said = console.waitFor(
      ({ text }) => (findDom0Stage(text)?.stage === stage ? true : undefined),
      { deadline, late: () => late },
    );
    await said.catch(async (error: unknown) => {
      if (error !== late) throw error;
      const answers = await askXen(this.#machine, answerMs);
      this.#machine.fate.check();
      // It came while Xen was asked.
      if (this.#stages.has(stage)) return;
      throw await blameLine(this.#machine, this.#explainLate(stage, deadline, answers));
    });
  }

  #take(text: string, number: number): void {
    const death = findDeath(text);
    if (death?.kind === 'linux-panic')
      this.#doom(`its kernel died: ${death.text}`, number, 'read its console above that line');
    const found = findDom0Stage(text);
    if (found === undefined) return;
    if (found.failure === undefined)
      this.#stages.set(found.stage, performance.now() - this.#startMs);
    else
      this.#doom(`its init gave up: ${found.failure}`, number, 'look into images/dom0/root/init');
  }

  #doom(what: string, number: number, remedy: string): void {
    const { transcript } = this.#machine.console;
    this.#machine.fate.doom(
      new SubjectError({
        who: this.#who,
        what,
        reached: this.#reached(),
        lastSeen: transcript.tail(8),
        where: `${transcript.files.lines}:${number}`,
        remedy,
      }),
    );
  }

  #explainLate(stage: string, deadline: Deadline, answers: boolean): SubjectError {
    const { transcript } = this.#machine.console;
    return new SubjectError({
      who: this.#who,
      what:
        `did not reach the stage "${stage}" within ${Math.round(deadline.budgetMs)} ms; ` +
        (answers ? 'Xen is alive' : 'Xen does not answer its debug keys either'),
      reached: this.#reached(),
      lastSeen: transcript.tail(8),
      where: `${transcript.files.lines}:${transcript.lines.length}`,
      remedy: 'look at what the last stage that was reached waits for',
    });
  }

  #reached(): string {
    const stages = [...this.#stages].map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
    return stages.length === 0 ? 'not a word of its init' : stages.join(', ');
  }
}
