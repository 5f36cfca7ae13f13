// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { findDeath } from '../xen/console-lines.ts';
import { findDom0Stage } from '../xen/dom0-stages.ts';
import { blameLine } from './blame-line.ts';
import { askXen } from './debug-keys.ts';
import type { Stages } from './system.ts';

/** What Xen does when it is asked: takes its keys, prints something else, or nothing. */
type XenState = 'answers' | 'prints' | 'hangs';

/** How long a silent console is waited for, in milliseconds. */
export interface Dom0Patience {
  /** After so long without a byte it is asked whether Xen still lives. */
  readonly silenceMs: number;
  /** Xen has so long to answer each key: a loaded host may give it little time. */
  readonly answerMs: number;
}

const usualPatience: Dom0Patience = { silenceMs: 10_000, answerMs: 8000 };

/**
 * Follows a Linux dom0 on the machine's console: its stages, its panic, the stage that failed. The
 * machine's fate ends with what breaks dom0.
 */
export class Dom0Watch {
  readonly #machine: RunningMachine;
  readonly #who: string;
  readonly #patience: Dom0Patience;
  readonly #stages = new Map<string, number>();
  readonly #startMs = performance.now();

  constructor(who: string, machine: RunningMachine, patience = usualPatience) {
    this.#who = who;
    this.#patience = patience;
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
   * Waits until dom0 says that it begins a stage, or a silent Xen does not answer any more.
   * @throws SubjectError when it does not; what ended dom0 or the machine.
   */
  async until(stage: string, deadline: Deadline): Promise<void> {
    const { transcript } = this.#machine.console;
    const { silenceMs, answerMs } = this.#patience;
    let answers: boolean | undefined;
    let asked = 0;
    let told = -1;
    for (;;) {
      const { bytes } = transcript;
      // A silent Xen that answered once is not asked again before the end.
      const within = answers === undefined ? deadline.within(silenceMs) : deadline;
      if (await this.#comes(stage, within)) return;
      if (transcript.bytes !== bytes && !deadline.passed) continue;
      // What was said last is what came before Xen's answers.
      if (transcript.lines.length !== told) asked = transcript.lines.length;
      answers = await askXen(this.#machine, answerMs);
      told = transcript.lines.length;
      this.#machine.fate.check();
      // It came while Xen was asked.
      if (this.#stages.has(stage)) return;
      if (answers && !deadline.passed) continue;
      // It says something, but takes no keys yet: it is asked once more when it is silent again.
      const prints = transcript.lines.length > asked;
      if (!answers && prints && !deadline.passed) {
        answers = undefined;
        continue;
      }
      throw await blameLine(
        this.#machine,
        this.#explain(stage, deadline, answers ? 'answers' : prints ? 'prints' : 'hangs', asked),
      );
    }
  }

  async #comes(stage: string, deadline: Deadline): Promise<boolean> {
    const late = new Error('late');
    const said = this.#machine.console.waitFor(
      ({ text }) => (findDom0Stage(text)?.stage === stage ? true : undefined),
      { deadline, late: () => late },
    );
    return said.catch((error: unknown) => {
      if (error !== late) throw error;
      return false;
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

  /** `lines`: how many there were before Xen was asked for its state. */
  #explain(stage: string, deadline: Deadline, xen: XenState, lines: number): SubjectError {
    const { transcript } = this.#machine.console;
    const within = `did not reach the stage "${stage}" within ${Math.round(deadline.budgetMs)} ms`;
    const what: Record<XenState, string> = {
      answers: `${within}; Xen is alive`,
      prints: `${within}; Xen prints, but does not answer its debug keys`,
      hangs: 'Xen hangs: it went silent and does not answer its debug keys',
    };
    return new SubjectError({
      who: this.#who,
      what: what[xen],
      reached: this.#reached(),
      lastSeen: transcript.tail(8, lines),
      where: `${transcript.files.lines}:${lines}`,
      remedy: 'look at what the last stage that was reached waits for',
    });
  }

  #reached(): string {
    const stages = [...this.#stages].map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
    return stages.length === 0 ? 'not a word of its init' : stages.join(', ');
  }
}
