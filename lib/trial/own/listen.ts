// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../../boards/board.ts';
import type { Deadline } from '../../support/deadline.ts';
import { crashedDomain, findBanner, findDeath, parseConsoleLine } from '../../xen/console-lines.ts';
import { isDom0 } from '../../xen/dom0.ts';
import type { PlannedDomain } from '../../xen/plan.ts';
import { type ExpectedLine, Voice } from './voice.ts';

type TranscriptLine = RunningMachine['console']['lines'][number];

/** Consoles that say nothing for so long have said what they had to say. */
export const quietMs = 5000;

/** What domains say on the machine's console, from its first line on. */
export class Voices {
  readonly #byDomid: Map<number, Voice>;
  readonly #machine: RunningMachine;
  /** Whether Xen has said who it is: what comes before is firmware's. */
  #afterBanner = false;
  /** What Xen said of domains that it ended, by their domids. */
  readonly crashes = new Map<number, string>();

  constructor(
    machine: RunningMachine,
    domains: readonly PlannedDomain[],
    expected: readonly ExpectedLine[],
  ) {
    this.#byDomid = new Map(domains.map(({ domid, name }) => [domid, new Voice(name, expected)]));
    const { console } = machine;
    this.#machine = machine;
    const dom0 = domains.some(isDom0);
    const take = (line: TranscriptLine): void => {
      this.#take(line, dom0);
    };
    for (const line of console.lines) take(line);
    console.transcript.onLine(take);
  }

  of(domid: number): Voice | undefined {
    return this.#byDomid.get(domid);
  }

  /** Also takes what a domain says that has been created since the line `from`. */
  follow(domid: number, voice: Voice, from: number): void {
    this.#byDomid.set(domid, voice);
    for (const { text } of this.#machine.console.transcript.lines.slice(from)) {
      const line = parseConsoleLine(text);
      if (line.from === 'domain' && line.domid === domid) voice.take(line.text, performance.now());
    }
  }

  get all(): readonly Voice[] {
    return [...this.#byDomid.values()];
  }

  #take({ text: whole }: TranscriptLine, dom0: boolean): void {
    const line = parseConsoleLine(whole);
    this.#afterBanner ||= findBanner(whole) !== undefined;
    const death = line.from === 'domain' ? undefined : findDeath(line.text);
    const crashed = death?.kind === 'domain-crash' ? crashedDomain(death.text) : undefined;
    if (death !== undefined && crashed !== undefined && !this.crashes.has(crashed))
      this.crashes.set(crashed, death.text);
    // Xen gives dom0's lines no name (drivers/char/console.c, guest_console_write).
    const ofDom0 = dom0 && this.#afterBanner && line.from === 'unknown';
    const domid = line.from === 'domain' ? line.domid : ofDom0 ? 0 : -1;
    this.#byDomid.get(domid)?.take(line.text, performance.now());
  }
}

/** Whether there is nothing more to wait for; `quiet`: nobody has spoken for a while. */
export function heardEnough(voices: readonly Voice[], quiet: boolean): boolean {
  if (!voices.every(({ satisfied, death }) => satisfied || death !== undefined)) return false;
  return quiet || voices.every(({ free }) => !free);
}

/**
 * Listens until every expected line has come, and where a domain has none until all are quiet; at
 * most until the deadline. @throws SubjectError for what ended the machine.
 */
export async function listen(
  { console, fate }: RunningMachine,
  voices: readonly Voice[],
  deadline: Deadline,
): Promise<void> {
  let quiet = false;
  while (!heardEnough(voices, quiet) && !deadline.passed) {
    const late = new Error('late');
    const line = console.waitFor<boolean>(() => true, {
      ...{ deadline: deadline.within(quietMs), late: () => late },
      after: console.transcript.lines.length,
    });
    quiet = await fate.guard(line).then(
      () => false,
      (error: unknown) => {
        if (error === late) return true;
        throw error;
      },
    );
    fate.check();
  }
}
