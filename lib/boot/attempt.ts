// SPDX-License-Identifier: Apache-2.0
import type { Board, RunningMachine } from '../boards/board.ts';
import { type Console, lastWord } from '../console/console.ts';
import { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { type BootVerdict, judgeBoot } from '../xen/boot-outcome.ts';
import { planUnchecked, type SystemPlan } from '../xen/plan.ts';
import type { SystemSpec } from '../xen/spec.ts';
import type { Tampering } from '../xen/tampering.ts';
import { type BootOptions, startBoot } from './boot.ts';
import type { System } from './system.ts';

/** What every outcome has: what the console said, and where it is kept. */
interface Heard {
  /** The console's lines of this boot so far. */
  readonly console: readonly string[];
  /** The file of the console's lines. */
  readonly log: string;
  /** Milliseconds from power-on to the outcome. */
  readonly tookMs: number;
  /** What was booted: versions and hashes by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** How a boot came out: a system that is up, or the verdict on one that did not come up. */
export type BootOutcome =
  | (Heard & { readonly kind: 'up'; readonly text: string; readonly system: System })
  | (Heard & BootVerdict & { readonly error: SubjectError });

/** How to attempt a boot. */
export interface AttemptOptions extends BootOptions, Tampering {
  /** Hypervisor flavour; default that of the specification. */
  readonly flavour?: string | undefined;
}

/** A death's registers and call trace may take so long to be printed. */
const accountMs = 2000;

/** Returns once Xen has said all about its death, or after {@link accountMs}. */
export async function hearOut(console: Console): Promise<void> {
  const said = (): boolean => console.lines.some(({ text }) => lastWord.test(text));
  if (said()) return;
  let forget = (): void => undefined;
  const heard = new Promise<void>((resolve) => {
    const remove = console.transcript.onLine(() => {
      if (said()) resolve();
    });
    forget = (): void => {
      remove();
    };
  });
  await Deadline.after(accountMs)
    .bound(heard, () => new Error('late'))
    .catch(() => undefined);
  forget();
}

function hear(machine: RunningMachine, startMs: number): Heard {
  const { lines, transcript } = machine.console;
  return {
    console: lines.map(({ text }) => text),
    log: transcript.files.lines,
    tookMs: performance.now() - startMs,
    facts: machine.facts,
  };
}

/**
 * Boots `spec` without holding it against any check, and tells how that came out. Only of a
 * system that is up is the machine left running: who called disposes of it.
 * @throws EnvironmentError for what the host or the board lacks: that is no outcome.
 */
export async function attemptBoot(
  board: Board,
  spec: SystemSpec,
  options: AttemptOptions,
): Promise<BootOutcome> {
  const planned = planUnchecked(spec, board.layout);
  return attemptPlan(board, { ...planned, flavour: options.flavour ?? planned.flavour }, options);
}

/** {@link attemptBoot} of a plan as it is. */
export async function attemptPlan(
  board: Board,
  plan: SystemPlan,
  options: Omit<AttemptOptions, 'flavour'>,
): Promise<BootOutcome> {
  const startMs = performance.now();
  const { machine, bringUp } = await startBoot(board, plan, options, options);
  try {
    const system = await bringUp();
    return { kind: 'up', text: '', system, ...hear(machine, startMs) };
  } catch (error) {
    const ended = machine.fate.error !== undefined;
    if (ended && error instanceof SubjectError) await hearOut(machine.console);
    await machine.dispose();
    if (!(error instanceof SubjectError)) throw error;
    const heard = hear(machine, startMs);
    const { bytes } = machine.console.transcript;
    return { ...judgeBoot({ lines: heard.console, bytes, ended }), error, ...heard };
  }
}
