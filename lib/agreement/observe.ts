// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import { attemptPlan } from '../boot/attempt.ts';
import type { System } from '../boot/system.ts';
import { addressPattern } from '../probe/patterns.ts';
import { EnvironmentError, messageOf, SubjectError } from '../support/errors.ts';
import { PAGE } from '../support/units.ts';
import { bootingAs } from '../trial/booting-as.ts';
import { examine } from '../trial/examine.ts';
import { trySignal } from '../trial/signals.ts';
import { trialled } from '../trial/trialled-system.ts';
import { tried } from '../trial/tried.ts';
import type { Sharing } from '../trial/sharings.ts';
import type { TrialFault } from '../trial/verdict.ts';
import type { OutcomeKind } from '../xen/boot-outcome.ts';
import { planUnchecked, type SystemPlan } from '../xen/plan.ts';
import { filesOf, importBooted } from './booted-files.ts';
import type { ConfigurationFiles } from './configuration-files.ts';
import type { Generated } from './generate.ts';
import { meantPlan, sharingsOfPlan } from './meant.ts';
import { type Proofs, prove } from './proofs.ts';

/** What came of a configuration that was booted. */
export interface Observation {
  /** `up`: every domain's probe answered. */
  readonly kind: OutcomeKind;
  /** Xen's last words, where it said any. */
  readonly text: string;
  /** What does not work; nothing where all does. */
  readonly faults: readonly TrialFault[];
  /** What shows that something is wrong although it works. */
  readonly proofs: Proofs;
  readonly tookMs: number;
}

/** A configuration as it was booted, and what came of it. */
export interface Observed {
  readonly files: ConfigurationFiles;
  readonly observation: Observation;
  /** What was booted: versions and hashes by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What a boot needs. */
export interface ObserveOptions {
  readonly board: Board;
  readonly flavour: string | undefined;
  /** Directory for the boot's console and device trees. */
  readonly evidence: string;
}

/** From power-on to the last domain's probe: a boot takes half a second on an idle machine. */
const bootBudgetMs = 15_000;

/** What only one domain has: it reads what it wrote. */
async function alone(system: System, { id, parties: [party] }: Sharing): Promise<TrialFault[]> {
  if (party === undefined) return [];
  const { domain } = party;
  const assertion = `${id}: ${domain} reads what it writes`;
  return tried(assertion, async () => {
    const whole = system.domain(domain).page(id);
    const page = whole.size > PAGE ? whole.every(PAGE) : whole;
    await page.write(addressPattern(1));
    const { bad, words } = await page.check(addressPattern(1));
    if (bad > 0)
      throw new SubjectError({
        who: page.who,
        what: `${bad} of ${words} words are not what was written`,
      });
  });
}

/** A signal of each channel's first end reaches the other. */
async function channels(system: System, plan: SystemPlan): Promise<TrialFault[]> {
  const names = [
    ...new Set(plan.domains.flatMap((one) => one.eventChannels.map(({ name }) => name))),
  ];
  const faults: TrialFault[] = [];
  for (const name of names) {
    const [from, to] = plan.domains
      .filter((domain) => domain.eventChannels.some((channel) => channel.name === name))
      .map((domain) => system.domain(domain.name).eventChannel(name));
    if (from === undefined || to === undefined) continue;
    faults.push(...(await trySignal(`${name}: a signal arrives`, from, to)));
  }
  return faults;
}

/** What is shared by several: data both ways, and what is mapped. */
async function together(
  system: System,
  sharings: readonly Sharing[],
  stage2: boolean,
): Promise<TrialFault[]> {
  const found: TrialFault[] = [];
  // A probe is told of addresses that it may not have: that is what is wrong then.
  const refused = await tried('what is shared can be reached', async () => {
    const { faults, verdicts } = await examine(trialled(system, stage2), sharings);
    found.push(...faults, ...verdicts.flatMap((verdict) => verdict.faults));
  });
  return [...refused, ...found];
}

/** The same, of a system whose tables may not be found since a domain of it runs no more. */
async function looked(
  system: System,
  sharings: readonly Sharing[],
  stage2: boolean,
): Promise<TrialFault[]> {
  try {
    return await together(system, sharings, stage2);
  } catch (error) {
    if (!stage2 || !(error instanceof EnvironmentError)) throw error;
    const faults = await together(system, sharings, false);
    for (const domain of system.domains.values())
      faults.push(...(await tried(`${domain.name} answers`, () => domain.ping())));
    if (faults.length === 0) throw error;
    return faults;
  }
}

/** All that is tried of a system that is up. */
async function tryAll(
  system: System,
  stage2: boolean,
): Promise<Pick<Observation, 'faults' | 'proofs'>> {
  const { plan } = system;
  const sharings = sharingsOfPlan(plan, 'host.dtb');
  const several = sharings.filter(({ parties }) => parties.length > 1);
  const ofOne = sharings.filter(({ parties }) => parties.length === 1);
  const faults = await looked(system, several, stage2);
  for (const sharing of ofOne) faults.push(...(await alone(system, sharing)));
  faults.push(...(await channels(system, plan)));
  // What is broken needs no proof, and may be too broken to be looked at.
  if (!stage2 || faults.length > 0) return { faults, proofs: {} };
  const maps = await system.stage2.maps();
  const console = system.machine.console.lines.map(({ text }) => text);
  return { faults, proofs: prove({ plan, maps, console }) };
}

/**
 * Boots a configuration past all checks and tries whatever its author meant to have.
 * @throws EnvironmentError for what the host or the board lacks: that is no observation.
 */
export async function observe(
  { spec, tampering }: Pick<Generated, 'spec' | 'tampering'>,
  { board, flavour, evidence }: ObserveOptions,
): Promise<Observed> {
  const planned = planUnchecked(spec, board.layout);
  const plan = { ...planned, flavour: flavour ?? planned.flavour };
  const files = await filesOf(board, plan, tampering, evidence);
  const [host] = importBooted(files).hosts;
  const meant = host === undefined ? plan : meantPlan(plan, host);
  const options = { ...tampering, evidence, budgetMs: bootBudgetMs };
  const outcome = await attemptPlan(
    bootingAs(board, () => plan),
    meant,
    options,
  );
  const { facts, tookMs } = outcome;
  if (outcome.kind !== 'up') {
    const { kind, text, error } = outcome;
    const [what = ''] = messageOf(error).split('\n');
    const fault = { assertion: 'the system comes up', message: text === '' ? what : text };
    return { files, facts, observation: { kind, text, faults: [fault], proofs: {}, tookMs } };
  }
  const { system } = outcome;
  const startMs = performance.now();
  try {
    const { faults, proofs } = await tryAll(system, board.capabilities.has('stage2-introspection'));
    await system.dispose();
    const health = await tried('Xen and all domains live', () => {
      system.checkHealth();
      return Promise.resolve();
    });
    const all = [...faults, ...health];
    const took = tookMs + performance.now() - startMs;
    const observation = { kind: 'up', text: '', faults: all, proofs, tookMs: took } as const;
    return { files, facts, observation };
  } finally {
    await system.dispose();
  }
}
