// SPDX-License-Identifier: Apache-2.0
import { attemptPlan, type BootOutcome } from '../boot/attempt.ts';
import type { System } from '../boot/system.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { bootFault, faultsOfHealth } from './boot-faults.ts';
import { channelNotTried, probeSignals, tryChannels } from './channels.ts';
import { examine } from './examine.ts';
import { placesOfPartials } from './lay-partial.ts';
import { checkRoom, layTree } from './lay-tree.ts';
import { droppedParts } from './passed-memory.ts';
import { checkNames, planTrial, type TrialPlan } from './plan.ts';
import { placedParty, type PlannedPassed } from './plan-passed.ts';
import { type FoundAll, findSharings } from './sharings.ts';
import { type Subject, systemOf, type TrialSystem } from './subject.ts';
import { notTried, regionless, takenBy, type TrialOptions } from './options.ts';
import type { TrialOutcome } from './verdict.ts';
import { trialled } from './trialled-system.ts';
import { leftOutOfXen } from './xen-arguments.ts';
import { runXlTrial } from './xl-trial.ts';

/**
 * Boots what a configuration describes, with a memory probe in each domain, and tries every sharing
 * that it names: data both ways, and on a board that can show it what Xen mapped. Domains that xl
 * creates are created in a Linux dom0 of ours. Nothing is checked before: what Xen and xl make of it
 * is what is to be found out.
 * @throws MisuseError for a configuration that no board can be given; EnvironmentError for what the
 * host or the board lacks.
 */
export async function runTrial(subject: Subject, options: TrialOptions): Promise<TrialOutcome> {
  const system = systemOf(subject);
  if (system.host !== undefined) checkNames(system.host);
  return system.host === undefined || system.domains.length > 0
    ? runXlTrial(system, options)
    : runTreeTrial(system.host, system, options);
}

/** Boots the user's tree over what the board makes of the plan. */
function attemptTree(
  host: HostTree,
  plan: SystemPlan,
  { moved, passed: { partials } }: TrialPlan,
  { board, evidence }: TrialOptions,
): Promise<BootOutcome> {
  const taken = takenBy(plan);
  return attemptPlan(regionless(board), plan, {
    evidence,
    files: partials.files,
    edit: (generated, places) => {
      checkRoom(places, taken);
      const trees = placesOfPartials(partials, places);
      return layTree(host.source.tree, generated, moved, 'probe', trees);
    },
  });
}

/** Memory and event channels of a system that is up. */
async function tryAll(
  system: System,
  { sharings, channels }: FoundAll,
  { places }: PlannedPassed,
  stage2: boolean,
): Promise<Pick<TrialOutcome, 'verdicts' | 'channels' | 'faults'>> {
  const tried = trialled(system, stage2, (party) => placedParty(party, places));
  const { verdicts, faults } = await examine(tried, sharings);
  const signalled = await tryChannels(channels, (name, port) =>
    probeSignals(system.domains.get(name), name, port),
  );
  return { verdicts, faults, channels: signalled };
}

async function runTreeTrial(
  host: HostTree,
  whole: TrialSystem,
  options: TrialOptions,
): Promise<TrialOutcome> {
  const { board, evidence } = options;
  const planned = planTrial(host, board.layout, whole);
  const { plan, moved, passed } = planned;
  const found = findSharings(whole);
  const { sharings, channels, untried } = found;
  const outcome = await attemptTree(host, { ...plan, flavour: options.flavour }, planned, options);
  const { log, tookMs } = outcome;
  const replaced = [...leftOutOfXen(host), ...passed.partials.replaced];
  const common = { log, tookMs, evidence, moved, untried, replaced };
  if (outcome.kind !== 'up') {
    const { kind, text, facts } = outcome;
    return {
      ...common,
      boot: { kind, text },
      facts,
      verdicts: sharings.map(notTried),
      channels: channels.map(channelNotTried),
      faults: [bootFault(outcome)],
    };
  }
  const { system } = outcome;
  const stage2 = board.capabilities.has('stage2-introspection');
  const startMs = performance.now();
  try {
    const { faults, ...tried } = await tryAll(system, found, passed, stage2);
    await system.dispose();
    return {
      ...common,
      tookMs: tookMs + performance.now() - startMs,
      boot: { kind: 'up', text: '' },
      facts: system.machine.facts,
      ...tried,
      faults: [
        ...faults,
        ...droppedParts(whole),
        ...faultsOfHealth(() => {
          system.checkHealth();
        }),
      ],
    };
  } finally {
    await system.dispose();
  }
}
