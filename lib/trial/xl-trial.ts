// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { RunningMachine } from '../boards/board.ts';
import { type Dom0, startPlannedDom0 } from '../boot/dom0.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { accountsScript } from '../toolstack/scripts.ts';
import { judgeBoot } from '../xen/boot-outcome.ts';
import type { Tampering } from '../xen/tampering.ts';
import { bootFault, faultOfEnd } from './boot-faults.ts';
import { type Channel, channelNotTried, tryChannels } from './channels.ts';
import { examine } from './examine.ts';
import { placesOfPartials } from './lay-partial.ts';
import { checkRoom, layTree } from './lay-tree.ts';
import type { OwnFile } from './own/own-files.ts';
import { placedFiles } from './own/own-plan.ts';
import { notTried, regionless, takenBy, type TrialOptions } from './options.ts';
import { droppedParts } from './passed-memory.ts';
import { withUserReserved } from './reserved-nodes.ts';
import { findSharings, type Sharing } from './sharings.ts';
import type { TrialSystem } from './subject.ts';
import type { TrialFault, TrialOutcome } from './verdict.ts';
import { planXlTrial, type XlTrialPlan } from './xl-plan.ts';
import { XlRun } from './xl-run.ts';

/** How long dom0 may take: the first of its kind is booted, on a host that does other things too. */
const budgetMs = 240_000;

/** What is done to the boot of a directory with a host device tree in it. */
function tamperingOf(
  { host }: TrialSystem,
  { plan, moved, reserved, passed: { partials } }: XlTrialPlan,
  own: readonly OwnFile[] | undefined,
): Tampering | undefined {
  if (host === undefined) return undefined;
  const { tree } = host.source;
  const said = host.domains.length > 0 || host.dom0.sharedMemory.length > 0;
  const taken = takenBy(plan);
  const kernels = own === undefined ? 'probe' : 'own';
  return {
    files: partials.files,
    ...(own !== undefined && { placed: placedFiles(own, moved) }),
    edit: (generated, places) => {
      checkRoom(places, taken);
      const trees = placesOfPartials(partials, places);
      const laid = said ? layTree(tree, generated, moved, 'linux', trees, kernels) : generated;
      return withUserReserved(laid, tree, reserved, moved);
    },
  };
}

/** A dom0 that is up, or why it is not. */
export type Booted =
  | { readonly dom0: Dom0 }
  | {
      readonly error: SubjectError;
      readonly kind: TrialOutcome['boot']['kind'];
      readonly fault: TrialFault;
      readonly machine: RunningMachine | undefined;
    };

/** Brings dom0 up; `own`: the user's files for the domains beside it, in place of probes. */
export async function bootDom0(
  system: TrialSystem,
  planned: XlTrialPlan,
  { board, evidence }: TrialOptions,
  own?: readonly OwnFile[],
): Promise<Booted> {
  let machine: RunningMachine | undefined;
  const tampering = tamperingOf(system, planned, own);
  try {
    const dom0 = await startPlannedDom0(
      tampering === undefined ? board : regionless(board),
      planned.plan,
      {
        ...{ evidence, tampering, budgetMs: Math.max(budgetMs, board.bootBudgetMs ?? 0) },
        // What the user's own files make of a dom0 serves no other run.
        ...((tampering !== undefined || own !== undefined) && { fresh: true }),
        onMachine: (started) => (machine = started),
      },
    );
    return { dom0 };
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    const lines = machine?.console.lines.map(({ text }) => text) ?? [];
    const bytes = machine?.console.transcript.bytes ?? 0;
    const verdict = judgeBoot({ lines, bytes, ended: machine?.fate.error !== undefined });
    const fault = bootFault({ ...verdict, console: lines, error });
    return { error, kind: verdict.kind, fault, machine };
  }
}

/** dom0's own account of its domains, where something was wrong with them. */
export async function keepAccounts(dom0: Dom0, evidence: string): Promise<void> {
  const text = await dom0.run(['sh', '-c', accountsScript], { timeoutMs: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    (error: unknown) => `${messageOf(error)}\n`,
  );
  await writeEvidence(join(evidence, 'dom0.log'), text).catch(() => undefined);
}

/** All that is tried of a dom0 that is up, until Xen or dom0 itself is at fault. */
async function tryOut(
  run: XlRun,
  sharings: readonly Sharing[],
  channels: readonly Channel[],
  machine: RunningMachine,
): Promise<Pick<TrialOutcome, 'verdicts' | 'channels' | 'faults'>> {
  const found: TrialFault[] = [];
  try {
    found.push(...(await run.bringUp()));
    const { verdicts, faults } = await examine(await run.trialled(), sharings);
    const signalled = await tryChannels(channels, (name, port) => run.signals(name, port));
    return { verdicts, channels: signalled, faults: [...found, ...faults] };
  } catch (error) {
    const fault = await faultOfEnd('Xen and dom0 live until all is tried', machine, error);
    return {
      verdicts: sharings.map(notTried),
      channels: channels.map(channelNotTried),
      faults: [...found, fault],
    };
  }
}

/** A trial of a system in which xl creates domains; see `runTrial`. */
export async function runXlTrial(
  system: TrialSystem,
  options: TrialOptions,
): Promise<TrialOutcome> {
  const { board, evidence, flavour } = options;
  const startMs = performance.now();
  const planned = planXlTrial(system, board.layout, flavour);
  const { moved } = planned;
  const { sharings, channels, untried } = findSharings(system);
  const booted = await bootDom0(system, planned, options);
  const common = { evidence, moved, untried };
  if (!('dom0' in booted)) {
    const { kind, fault, machine } = booted;
    return {
      ...common,
      boot: { kind, text: fault.message },
      verdicts: sharings.map(notTried),
      channels: channels.map(channelNotTried),
      faults: [fault],
      tookMs: performance.now() - startMs,
      log: machine?.console.transcript.files.lines ?? evidence,
      facts: machine?.facts ?? {},
      replaced: planned.replaced,
    };
  }
  const { dom0 } = booted;
  try {
    const run = new XlRun(board, dom0, system, planned, sharings);
    const {
      verdicts,
      channels: signalled,
      faults,
    } = await tryOut(run, sharings, channels, dom0.machine);
    if (faults.length > 0) await keepAccounts(dom0, evidence);
    // A death is known once its last words are through.
    await dom0.dispose();
    return {
      ...common,
      boot: { kind: 'up', text: '' },
      verdicts,
      channels: signalled,
      faults: [...faults, ...droppedParts(system), ...run.health()],
      tookMs: performance.now() - startMs,
      log: dom0.machine.console.transcript.files.lines,
      facts: dom0.machine.facts,
      replaced: [...planned.replaced, ...run.replaced],
    };
  } finally {
    await dom0.dispose();
  }
}
