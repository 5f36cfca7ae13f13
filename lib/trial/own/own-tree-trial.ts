// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { RunningMachine } from '../../boards/board.ts';
import { hearOut } from '../../boot/attempt.ts';
import { BootWatch } from '../../boot/boot-watch.ts';
import { Stage2Reader } from '../../boot/stage2-reader.ts';
import { makeDirectory } from '../../host/evidence-files.ts';
import type { HostTree } from '../../import/host-tree.ts';
import { describeWhere } from '../../import/where.ts';
import { Deadline } from '../../support/deadline.ts';
import { SubjectError } from '../../support/errors.ts';
import { judgeBoot } from '../../xen/boot-outcome.ts';
import { findBanner } from '../../xen/console-lines.ts';
import type { SystemPlan } from '../../xen/plan.ts';
import type { Tampering } from '../../xen/tampering.ts';
import { bootFault, faultOfEnd, live } from '../boot-faults.ts';
import { checkRoom, layTree } from '../lay-tree.ts';
import { notBooted, notTried, regionless, takenBy } from '../options.ts';
import { placesOfPartials } from '../lay-partial.ts';
import { placedParty, type PlannedPassed } from '../plan-passed.ts';
import type { Party, Sharing } from '../sharings.ts';
import type { TrialSystem } from '../subject.ts';
import type { TrialFault } from '../verdict.ts';
import { droppedParts } from '../passed-memory.ts';
import { leftOutOfXen } from '../xen-arguments.ts';
import { askAccounts } from './accounts.ts';
import { downOf, factsOf, faultsOfDomain } from './domain-facts.ts';
import { listen, Voices } from './listen.ts';
import { type OwnFile, ownFiles } from './own-files.ts';
import type { DomainFacts, OwnOptions, OwnOutcome, OwnSubject } from './own-outcome.ts';
import { filesBeside, placedFiles, planOwn } from './own-plan.ts';
import { judgeSharings, nothingSeen, seeMaps, withSharings } from './own-stage2.ts';
import { fileNotes, findOwn } from './untried.ts';

/** From power-on to the end of Xen's own boot, on a board that does not say. */
const budgetMs = 60_000;

/** Xen has made the domains, lets them run, and gives up what it needed for that (init_done). */
const endOfBoot = /Freed \d+kB init memory/;

/** All that a boot of the user's tree is made of. */
interface OwnBoot {
  readonly host: HostTree;
  readonly system: TrialSystem;
  readonly files: readonly OwnFile[];
  readonly plan: SystemPlan;
  readonly moved: bigint;
  readonly passed: PlannedPassed;
  readonly sharings: readonly Sharing[];
}

/** What is found out of a system. */
type Found = Pick<OwnOutcome, 'domains' | 'verdicts' | 'faults'>;

function tamperingOf({ host, files, plan, moved, passed: { partials } }: OwnBoot): Tampering {
  const taken = takenBy(plan);
  return {
    files: partials.files,
    placed: placedFiles(filesBeside(files, partials), moved),
    edit: (generated, places) => {
      checkRoom(places, taken);
      const trees = placesOfPartials(partials, places);
      return layTree(host.source.tree, generated, moved, 'probe', trees, 'own');
    },
  };
}

/** Waits until Xen's own boot is over. @throws SubjectError that says how far it came. */
async function awaitXen(machine: RunningMachine, board: string, deadline: Deadline): Promise<void> {
  const startMs = performance.now();
  const stages = new Map([['started', 0]]);
  const watch = new BootWatch(board, machine, [], stages);
  const some = (is: (text: string) => boolean) => (): true | undefined =>
    machine.console.lines.some(({ text }) => is(text)) || undefined;
  const banner = some((text) => findBanner(text) !== undefined);
  await watch.until(deadline, banner);
  stages.set('xen', performance.now() - startMs);
  const end = some((text) => endOfBoot.test(text));
  await watch.until(deadline, end);
}

/** What ended the machine while it was listened to. */
async function faultsWhile(machine: RunningMachine, work: Promise<void>): Promise<TrialFault[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [await faultOfEnd(live, machine, error)];
  }
}

/** What is wrong with the domains; of a machine that has ended only what they said. */
function faultsOfDomains(
  { host }: OwnBoot,
  domains: readonly DomainFacts[],
  voices: Voices,
  { withinMs }: OwnOptions,
  ended: boolean,
): TrialFault[] {
  const nodes = [host.dom0, ...host.domains];
  return domains
    .filter(({ state }) => !ended || state !== 'unknown')
    .flatMap((facts) => {
      const node = nodes.find(({ name }) => name === facts.name);
      const where = node && describeWhere(node.where);
      return faultsOfDomain(facts, voices.of(facts.domid ?? -1), withinMs, where);
    });
}

/** Why dom0 is no party, where it is not booted. */
const withoutDom0 = ({ dom0 }: HostTree): [string, string][] =>
  dom0.hasKernel ? [] : [[dom0.name, notBooted(dom0.name)]];

/** Listens to a system whose boot is over, then looks at it. */
async function lookAt(
  machine: RunningMachine,
  boot: OwnBoot,
  voices: Voices,
  options: OwnOptions,
): Promise<Found> {
  const { host, plan, sharings, passed, files } = boot;
  const { board, withinMs } = options;
  const fromMs = performance.now();
  const placed = (party: Party): Party => placedParty(party, passed.places);
  const held = withSharings(plan, plan.domains, sharings, placed);
  const shown = board.capabilities.has('stage2-introspection') && sharings.length > 0;
  const reader = new Stage2Reader({
    ...{ board: board.name, machine, plan: held, domains: new Map() },
  });
  // Domains that boot are on processors: who sleeps later has been found by then.
  const first = shown ? seeMaps(reader, held).catch(() => undefined) : undefined;
  const heardAll = listen(machine, voices.all, Deadline.after(withinMs));
  const ended = await faultsWhile(machine, heardAll);
  await first;
  const accounts = ended.length > 0 ? undefined : await askAccounts(machine);
  const voiceOf = (domid: number): ReturnType<Voices['of']> => voices.of(domid);
  const heard = { host, files, accounts, fromMs, crashes: voices.crashes, voiceOf };
  const domains = plan.domains.map((domain) => factsOf(domain, heard));
  const down = new Map([...withoutDom0(host), ...downOf(domains)]);
  const up = { ...held, domains: held.domains.filter(({ name }) => !down.has(name)) };
  const seen = shown ? (ended.length > 0 ? nothingSeen : await seeMaps(reader, up)) : undefined;
  const devices = board.layout.commonDevices(plan.machine);
  const judged = await judgeSharings(sharings, { seen, down, placed }, up, devices);
  const ofDomains = faultsOfDomains(boot, domains, voices, options, ended.length > 0);
  return {
    domains,
    verdicts: judged.verdicts,
    faults: [...ended, ...ofDomains, ...droppedParts(boot.system), ...judged.faults],
  };
}

/** What is known of a boot that did not reach its end. @throws what is no fault of Xen's. */
async function failed(
  { console, fate }: RunningMachine,
  sharings: readonly Sharing[],
  error: unknown,
): Promise<Found & Pick<OwnOutcome, 'boot'>> {
  if (!(error instanceof SubjectError)) throw error;
  const ended = fate.error !== undefined;
  if (ended) await hearOut(console);
  const lines = console.lines.map(({ text }) => text);
  const verdict = judgeBoot({ lines, bytes: console.transcript.bytes, ended });
  return {
    boot: verdict,
    domains: [],
    verdicts: sharings.map(notTried),
    faults: [bootFault({ ...verdict, console: lines, error })],
  };
}

/** {@link runOwnTrial} of the domains that Xen makes. */
export async function runOwnTreeTrial(
  host: HostTree,
  subject: OwnSubject,
  options: OwnOptions,
): Promise<OwnOutcome> {
  const { board, evidence } = options;
  const startMs = performance.now();
  const { system } = subject;
  const files = ownFiles(subject).tree;
  const { plan, moved, passed } = planOwn(host, board.layout, files, system);
  const { sharings, channels, untried } = findOwn(system);
  const flavoured = { ...plan, flavour: options.flavour };
  const boot = { host, system, files, plan: flavoured, moved, passed, sharings };
  await makeDirectory(evidence);
  const deadline = Deadline.after(Math.max(budgetMs, board.bootBudgetMs ?? 0));
  const run = randomBytes(4).toString('hex');
  const tampering = tamperingOf(boot);
  const machine = await regionless(board).start({
    ...{ plan: boot.plan, run, evidence, deadline, tampering },
  });
  try {
    const voices = new Voices(machine, plan.domains, options.expected);
    const found = await awaitXen(machine, board.name, deadline).then(
      async () => ({
        boot: { kind: 'up' as const, text: '' },
        ...(await lookAt(machine, boot, voices, options)),
      }),
      (error: unknown) => failed(machine, sharings, error),
    );
    const replaced = [
      ...leftOutOfXen(host),
      ...passed.partials.replaced,
      ...fileNotes(filesBeside(files, passed.partials), moved),
    ];
    return {
      ...{ evidence, moved, channels, untried, replaced },
      ...found,
      shown: board.capabilities.has('stage2-introspection'),
      facts: machine.facts,
      log: machine.console.transcript.files.lines,
      tookMs: performance.now() - startMs,
    };
  } finally {
    await machine.dispose();
  }
}
