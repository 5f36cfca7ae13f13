// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import { attemptPlan, type BootOutcome } from '../boot/attempt.ts';
import type { System } from '../boot/system.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { Range } from '../memory/ranges.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { parseConsoleLine } from '../xen/console-lines.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { examine } from './examine.ts';
import { checkRoom, layTree } from './lay-tree.ts';
import { planTrial } from './plan.ts';
import { type Sharing, sharingsOf } from './sharings.ts';
import { type TrialFault, type TrialOutcome, withoutNumbers } from './verdict.ts';

/** What a trial needs. */
export interface TrialOptions {
  readonly board: Board;
  /** Directory for consoles, device trees and command lines. */
  readonly evidence: string;
  /** Hypervisor flavour; default the run's. */
  readonly flavour?: string | undefined;
}

/**
 * The same board, which is not asked to write regions: the user's nodes are laid over what it makes,
 * and may be such as no specification can say.
 */
function regionless(board: Board): Board {
  return {
    name: board.name,
    layout: board.layout,
    capabilities: board.capabilities,
    ...(board.bootBudgetMs !== undefined && { bootBudgetMs: board.bootBudgetMs }),
    hypervisorCapabilities: (flavour) => board.hypervisorCapabilities(flavour),
    start: (order) => {
      const domains = order.plan.domains.map((domain) => ({ ...domain, mappings: [] }));
      return board.start({ ...order, plan: { ...order.plan, domains } });
    },
  };
}

/** What ended a system, or was noticed at its end. */
function healthOf(system: System): TrialFault[] {
  try {
    system.checkHealth();
    return [];
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    const [message = ''] = messageOf(error).split('\n');
    return [{ assertion: 'Xen and all domains live', message }];
  }
}

/** What Xen said just before it gave a device tree up: that, and not the panic, is the reason. */
function reasonsOf(console: readonly string[]): string[] {
  const panic = console.findIndex((line) => line.includes('Panic on CPU'));
  const said = console
    .slice(0, Math.max(panic, 0))
    .map((line) => parseConsoleLine(line).text.trim());
  return said.filter((text) => text.startsWith('fdt: ')).slice(-2);
}

/** A boot that did not come up, in words that are the same for the same fault. */
function bootFault(outcome: Exclude<BootOutcome, { kind: 'up' }>): TrialFault {
  const { kind, text, console } = outcome;
  const [what = ''] = messageOf(outcome.error).split('\n');
  if (text === '') return { assertion: `the system comes up (${kind})`, message: what };
  const reasons = text.startsWith('Early FDT') ? reasonsOf(console) : [];
  const words = withoutNumbers([text, ...reasons.slice(0, 1)].join('; '));
  return {
    assertion: `the system comes up (${kind}: ${words})`,
    message: [`${kind}: ${text}`, ...reasons].join('; '),
  };
}

const notTried = (sharing: Sharing): TrialOutcome['verdicts'][number] => ({
  sharing,
  verdict: 'not-tried',
  faults: [],
});

/** Host memory that the user places. */
function takenBy(plan: SystemPlan): Range[] {
  return plan.domains.flatMap(({ name, mappings, staticMemory, memory }) => [
    ...mappings.flatMap(({ region }) =>
      region.hostAddress === undefined
        ? []
        : [{ name: `region ${region.id}`, start: region.hostAddress, size: BigInt(region.size) }],
    ),
    ...(staticMemory === undefined
      ? []
      : [{ name: `static memory of ${name}`, start: staticMemory, size: BigInt(memory) }]),
  ]);
}

/**
 * Boots what a host device tree describes, with a memory probe in each domain, and tries every
 * sharing that it names: data both ways, and on a board that can show it what Xen mapped. Nothing
 * of the tree is checked before: what Xen makes of it is what is to be found out.
 * @throws MisuseError for a tree that no board can be given; EnvironmentError for what the host or
 * the board lacks.
 */
export async function runTrial(host: HostTree, options: TrialOptions): Promise<TrialOutcome> {
  const { board, evidence } = options;
  const { plan, moved } = planTrial(host, board.layout);
  const sharings = sharingsOf(host);
  const taken = takenBy(plan);
  const outcome = await attemptPlan(
    regionless(board),
    { ...plan, flavour: options.flavour },
    {
      evidence,
      edit: (generated, places) => {
        checkRoom(places, taken);
        return layTree(host.source.tree, generated, moved);
      },
    },
  );
  const { log, tookMs } = outcome;
  const common = { log, tookMs, evidence, moved };
  if (outcome.kind !== 'up') {
    const { kind, text, facts } = outcome;
    return {
      ...common,
      boot: { kind, text },
      facts,
      verdicts: sharings.map(notTried),
      faults: [bootFault(outcome)],
    };
  }
  const { system } = outcome;
  const startMs = performance.now();
  try {
    const { verdicts, faults } = await examine(
      system,
      sharings,
      board.capabilities.has('stage2-introspection'),
    );
    await system.dispose();
    return {
      ...common,
      tookMs: tookMs + performance.now() - startMs,
      boot: { kind: 'up', text: '' },
      facts: system.machine.facts,
      verdicts,
      faults: [...faults, ...healthOf(system)],
    };
  } finally {
    await system.dispose();
  }
}
