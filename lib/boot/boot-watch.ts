// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { isMute } from '../xen/boot-outcome.ts';
import { accountOf } from '../xen/domain-account.ts';
import type { DomainMonitor } from './domain-monitor.ts';
import { blameLine } from './blame-line.ts';
import { askXen } from './debug-keys.ts';
import type { Stages } from './system.ts';

/** A console that says nothing for so long during a boot is asked whether Xen still lives. */
const silenceMs = 2000;

/** A console without a single byte of Xen is given up after so long. */
const muteMs = 4000;

/** How long Xen has to answer: a loaded host may give it little time. */
const answerMs = 8000;

/** Waits through a boot, and tells apart the ways in which one does not come up. */
export class BootWatch {
  readonly #board: string;
  readonly #machine: RunningMachine;
  readonly #monitors: readonly DomainMonitor[];
  readonly #stages: Stages;
  readonly #startMs = performance.now();
  /** Ends with the machine, or with the first of its domains. */
  readonly #fate = new Fate();
  #asked = false;

  constructor(
    board: string,
    machine: RunningMachine,
    monitors: readonly DomainMonitor[],
    stages: Stages,
  ) {
    this.#board = board;
    this.#machine = machine;
    this.#monitors = monitors;
    this.#stages = stages;
    for (const { fate } of [machine, ...monitors])
      fate.onDoom((error) => {
        this.#fate.doom(error);
      });
  }

  /**
   * The first value that `look` returns, tried after each console line.
   * @throws SubjectError that says how the boot failed; what ended the machine or a domain.
   */
  async until<T>(deadline: Deadline, look: () => T | undefined): Promise<T> {
    const { console } = this.#machine;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      this.#fate.check();
      const quiet = Symbol('quiet');
      const { bytes } = console.transcript;
      const line = console.waitFor(() => true, {
        deadline: deadline.within(silenceMs),
        late: () => new Error('quiet'),
        after: console.transcript.lines.length,
      });
      const heard = await this.#fate.guard<boolean>(line).catch((error: unknown) => {
        if (error instanceof Error && error.message === 'quiet') return quiet;
        throw error;
      });
      // Bytes, not lines: Xen counts its warnings down in one line, a second for each number.
      const silent = heard === quiet && console.transcript.bytes === bytes;
      if (silent || deadline.passed) await this.#judgeSilence(deadline, look);
    }
  }

  /**
   * Returns when the silence was only a slow host: something is there after all, or a line came.
   * @throws SubjectError that says what the silence means.
   */
  async #judgeSilence(deadline: Deadline, look: () => unknown): Promise<void> {
    const { transcript } = this.#machine.console;
    // A line that is away is waited for, and no silence of the machine's.
    const lost = await this.#machine.examineLine?.();
    if (lost !== undefined && lost === this.#machine.fate.error) throw lost;
    const lines = transcript.lines.length;
    const { bytes } = transcript;
    if (this.#isMute(bytes)) {
      if (!deadline.passed && this.#silentSince() < muteMs) return;
      throw await this.#blame(this.#explainMute());
    }
    const patienceMs = Math.min(answerMs, deadline.leftMs);
    const answers = await this.#fate.guard(askXen(this.#machine, patienceMs));
    const grown = transcript.bytes > bytes;
    if (look() !== undefined || (grown && !answers)) return;
    // Alive: its domains get the same time again before they are given up.
    if (answers && !this.#asked) {
      this.#asked = true;
      return;
    }
    this.#fate.check();
    const verdict =
      !answers && patienceMs < answerMs
        ? this.#explainLate(deadline, patienceMs, lines)
        : this.#explainSilence(answers, lines);
    throw await this.#blame(verdict);
  }

  #isMute(bytes: number): boolean {
    const { lines, partial } = this.#machine.console.transcript;
    return isMute({ lines: [...lines.map(({ text }) => text), partial], bytes });
  }

  #blame(verdict: SubjectError): Promise<Error> {
    return blameLine(this.#machine, verdict, this.#monitors);
  }

  #silentSince(): number {
    return performance.now() - this.#startMs;
  }

  #reached(): string {
    return [...this.#stages].map(([name, ms]) => `${name} ${Math.round(ms)} ms`).join(', ');
  }

  #explainMute(): SubjectError {
    return new SubjectError({
      who: this.#board,
      what: `the console is silent: 0 bytes of Xen within ${muteMs} ms of its start`,
      reached: this.#reached(),
      where: this.#machine.console.transcript.files.lines,
      remedy:
        'Xen 4.19 and later panic before their console is up when the device tree is refused: ' +
        'boot with an early-console build to see the reason',
    });
  }

  /** Whether Xen hangs is not known: it had less time to answer than it may need. */
  #explainLate(deadline: Deadline, patienceMs: number, lines: number): SubjectError {
    const { transcript } = this.#machine.console;
    return new SubjectError({
      who: this.#board,
      what:
        `did not come up within its budget of ${Math.round(deadline.budgetMs)} ms, of which ` +
        `${Math.round(patienceMs)} ms were left for Xen to answer its debug keys`,
      reached: this.#reached(),
      lastSeen: transcript.tail(8),
      where: `${transcript.files.lines}:${lines}`,
      remedy: 'give the boot a larger budget, to see whether Xen hangs or the host is slow',
    });
  }

  /** `lines`: how many there were before Xen was asked for its state. */
  #explainSilence(answers: boolean, lines: number): SubjectError {
    const { transcript } = this.#machine.console;
    const late = this.#monitors.filter((monitor) => monitor.ready === undefined);
    const domains = late.map(({ domain, lastLine }) => {
      const last =
        lastLine === undefined ? 'said nothing' : `last spoke in line ${lastLine.number}`;
      return `${domain.name} (d${domain.domid}), which ${last}`;
    });
    const said = this.#machine.console.lines.map(({ text }) => text);
    const accounts = late.flatMap(({ domain }) =>
      accountOf(domain.domid, said).map((line) => `${domain.name}: ${line}`),
    );
    return new SubjectError({
      who: this.#board,
      what: answers
        ? `Xen is alive, but ${late.length === 1 ? 'a domain' : 'domains'} did not come up: ${domains.join(', ')}`
        : 'Xen hangs: it went silent and does not answer its debug keys',
      reached: this.#reached(),
      lastSeen: answers && accounts.length > 0 ? accounts.join('\n') : transcript.tail(8, lines),
      where: `${transcript.files.lines}:${lines}`,
      remedy: answers
        ? 'Xen’s account of its domains (debug key q) follows in the console’s file'
        : 'look at the last stage that was reached',
    });
  }
}
