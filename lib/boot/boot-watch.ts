// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import type { DomainMonitor } from './domain-monitor.ts';
import { askXen, type Stages } from './system.ts';

/** A console that says nothing for so long during a boot is asked whether Xen still lives. */
const silenceMs = 3000;

/** Waits through a boot, and tells apart the ways in which one does not come up. */
export class BootWatch {
  readonly #board: string;
  readonly #machine: RunningMachine;
  readonly #monitors: readonly DomainMonitor[];
  readonly #stages: Stages;

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
  }

  /**
   * The first value that `look` returns, tried after each console line.
   * @throws SubjectError that says how the boot failed; what ended the machine or a domain.
   */
  async until<T>(deadline: Deadline, look: () => T | undefined): Promise<T> {
    const { console, fate } = this.#machine;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      fate.check();
      for (const monitor of this.#monitors) monitor.fate.check();
      const quiet = Symbol('quiet');
      const heard = await console
        .waitFor(() => true, {
          deadline: deadline.within(silenceMs),
          late: () => new Error('quiet'),
          after: console.transcript.lines.length,
        })
        .catch((error: unknown) => {
          if (error instanceof Error && error.message === 'quiet') return quiet;
          throw error;
        });
      if (heard === quiet && look() === undefined) {
        for (const monitor of this.#monitors) monitor.fate.check();
        throw await this.#explain();
      }
    }
  }

  async #explain(): Promise<SubjectError> {
    const { transcript } = this.#machine.console;
    const tail = transcript.tail(8);
    const reached = [...this.#stages]
      .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
      .join(', ');
    const where = `${transcript.files.lines}:${transcript.lines.length}`;
    const who = this.#board;
    if (transcript.bytes === 0)
      return new SubjectError({
        who,
        what: `the console is silent: 0 bytes within ${silenceMs} ms of the start`,
        reached,
        where,
        remedy:
          'Xen 4.19 and later panic before their console is up when the device tree is refused: ' +
          'boot with an early-console build to see the reason',
      });
    const answers = await askXen(this.#machine, 1000);
    const late = this.#monitors.filter((monitor) => monitor.ready === undefined);
    const domains = late
      .map((monitor) => {
        const last = monitor.lastLine;
        return `${monitor.domain.name} (d${monitor.domain.domid})${last === undefined ? ', which said nothing' : `, whose last line is ${last.number}`}`;
      })
      .join(', ');
    return new SubjectError({
      who,
      what: answers
        ? `Xen is alive, but ${late.length === 1 ? 'a domain' : 'domains'} did not come up: ${domains}`
        : 'Xen hangs: it went silent and does not answer its debug keys',
      reached,
      lastSeen: tail,
      where,
      remedy: answers
        ? 'Xen’s account of its domains (debug key q) follows in the console’s file'
        : 'look at the last stage that was reached',
    });
  }
}
