// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../../boot/dom0.ts';
import { Stage2Reader } from '../../boot/stage2-reader.ts';
import { describeWhere } from '../../import/where.ts';
import { Deadline } from '../../support/deadline.ts';
import { busyLoop } from '../../toolstack/occupation.ts';
import { dom0Name, isDom0 } from '../../xen/dom0.ts';
import type { PlannedDomain } from '../../xen/plan.ts';
import { faultOfEnd, faultsOfHealth } from '../boot-faults.ts';
import { notTried } from '../options.ts';
import { droppedParts } from '../passed-memory.ts';
import { placedParty } from '../plan-passed.ts';
import { vcpusOf } from '../processors.ts';
import type { Party, Sharing } from '../sharings.ts';
import type { TrialFault } from '../verdict.ts';
import { planXlTrial, type XlTrialPlan } from '../xl-plan.ts';
import { bootDom0, keepAccounts } from '../xl-trial.ts';
import { askAccounts } from './accounts.ts';
import { downOf, factsOf, faultsOfDomain } from './domain-facts.ts';
import { Voices } from './listen.ts';
import { type OwnFile, ownFiles } from './own-files.ts';
import type { DomainFacts, OwnOptions, OwnOutcome, OwnSubject } from './own-outcome.ts';
import { filesBeside, partialsFor, rangesOf } from './own-plan.ts';
import { judgeSharings, seeMaps, withSharings } from './own-stage2.ts';
import { dom0Files, OwnXlRun } from './own-xl-run.ts';
import { fileNotes, findOwn } from './untried.ts';

/** Everything of a trial in a dom0 that is up. */
interface OwnXlTrial {
  readonly subject: OwnSubject;
  readonly options: OwnOptions;
  readonly files: readonly OwnFile[];
  readonly planned: XlTrialPlan;
  readonly sharings: readonly Sharing[];
  readonly dom0: Dom0;
}

/** What is found out of a system with a dom0. */
interface Found {
  readonly domains: readonly DomainFacts[];
  readonly verdicts: OwnOutcome['verdicts'];
  readonly replaced: OwnOutcome['replaced'];
  readonly faults: readonly TrialFault[];
}

/** The board, dom0 for what it shares, and every domain: for a look at stage 2. */
function readerOf(
  { options: { board }, dom0 }: OwnXlTrial,
  domains: readonly PlannedDomain[],
): Stage2Reader {
  return new Stage2Reader({
    board: board.name,
    machine: dom0.machine,
    plan: { domains },
    domains: new Map(),
    occupy: async (name) => {
      if (name === dom0Name) await dom0.output(['sh', '-c', busyLoop]);
    },
  });
}

/** Has xl create every domain; what it has against some. */
async function createAll(
  run: OwnXlRun,
  { options: { expected }, planned: { domains, passed }, sharings }: OwnXlTrial,
): Promise<TrialFault[]> {
  const faults: TrialFault[] = [];
  for (const one of domains) {
    const fault = await run.create(one, sharings, passed.places, expected);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

/** Creates, listens and looks. @throws SubjectError for what ends Xen or dom0. */
async function tryOut(trial: OwnXlTrial): Promise<Found> {
  const { subject, options, files, planned, sharings, dom0 } = trial;
  const { host } = subject.system;
  const { passed } = planned;
  const beside = dom0.plan.domains.filter((one) => !isDom0(one));
  const voices = new Voices(dom0.machine, beside, options.expected);
  const run = new OwnXlRun(dom0, subject, files, voices);
  const faults = await createAll(run, trial);
  const fromMs = performance.now();
  const all = [...dom0.plan.domains, ...run.plans];
  const placed = (party: Party): Party => placedParty(party, passed.places);
  const held = withSharings(dom0.plan, all, sharings, placed);
  const shown = options.board.capabilities.has('stage2-introspection') && sharings.length > 0;
  const reader = readerOf(trial, held.domains);
  const first = shown ? seeMaps(reader, held).catch(() => undefined) : undefined;
  await run.listen(Deadline.after(options.withinMs));
  await first;
  const ofXl = await run.facts(voices.crashes, fromMs);
  const accounts = host === undefined ? [] : await askAccounts(dom0.machine);
  const ofTree =
    host === undefined
      ? []
      : beside.map((domain) =>
          factsOf(domain, {
            ...{ host, files, accounts, fromMs, crashes: voices.crashes },
            voiceOf: (domid) => voices.of(domid),
          }),
        );
  const domains = [...ofTree, ...ofXl, ...absent(trial, ofXl)];
  const down = downOf(domains);
  const up = { ...held, domains: held.domains.filter(({ name }) => !down.has(name)) };
  const seen = shown ? await seeMaps(reader, up) : undefined;
  const devices = options.board.layout.commonDevices(dom0.plan.machine);
  const judged = await judgeSharings(sharings, { seen, down, placed }, up, devices);
  const ofDomains = domains
    .filter(({ domid }) => domid !== undefined)
    .flatMap((facts) => {
      const voice = voices.of(facts.domid ?? -1);
      return faultsOfDomain(facts, voice, options.withinMs, whereOf(subject, planned, facts.name));
    });
  return {
    domains,
    replaced: run.replaced,
    verdicts: judged.verdicts,
    faults: [...faults, ...ofDomains, ...droppedParts(subject.system), ...judged.faults],
  };
}

/** Domains that xl refused. */
function absent({ planned, files }: OwnXlTrial, created: readonly DomainFacts[]): DomainFacts[] {
  return planned.domains
    .filter(({ name }) => !created.some((one) => one.name === name))
    .map(({ name }) => ({
      ...{ name, domid: undefined, state: 'absent', why: 'xl did not create it' },
      files: files.filter(({ domain }) => domain === name),
      ...{ lines: 0, lastLine: undefined, expected: [] },
    }));
}

function whereOf(
  { system: { host } }: OwnSubject,
  { domains }: XlTrialPlan,
  name: string,
): string | undefined {
  const where =
    domains.find((one) => one.name === name)?.domain.where ??
    host?.domains.find((one) => one.name === name)?.where;
  return where && describeWhere(where);
}

/** The system with dom0's root file system, in which the files are that xl loads. */
function planOwnXl(
  { system }: OwnSubject,
  { board, flavour }: OwnOptions,
  ofTree: readonly OwnFile[],
  ofXl: readonly OwnFile[],
): XlTrialPlan {
  const sizes = new Map(ofXl.map(({ path, size }) => [path, size]));
  const planned = planXlTrial(partialsFor(system, board.layout), board.layout, flavour, {
    modules: rangesOf(ofTree),
    files: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    vcpus: vcpusOf(system),
  });
  const domains = planned.plan.domains.map((domain) =>
    domain.linux === undefined
      ? domain
      : { ...domain, linux: { ...domain.linux, files: dom0Files(ofXl) } },
  );
  return { ...planned, plan: { ...planned.plan, domains } };
}

/** What is left when Xen or dom0 ended under it. @throws what is no fault of theirs. */
async function brokenOff({ sharings, dom0 }: OwnXlTrial, error: unknown): Promise<Found> {
  const fault = await faultOfEnd('Xen and dom0 live until all is looked at', dom0.machine, error);
  return { domains: [], replaced: [], verdicts: sharings.map(notTried), faults: [fault] };
}

/** {@link runOwnTrial} of a system in which xl creates domains. */
export async function runOwnXlTrial(subject: OwnSubject, options: OwnOptions): Promise<OwnOutcome> {
  const { system } = subject;
  const { board, evidence } = options;
  const startMs = performance.now();
  const { tree: ofTree, xl: ofXl } = ownFiles(subject);
  const files = [...ofTree, ...ofXl];
  const planned = planOwnXl(subject, options, ofTree, ofXl);
  const { sharings, channels, untried } = findOwn(system);
  const beside = filesBeside(ofTree, planned.passed.partials);
  const booted = await bootDom0(system, planned, options, beside);
  const common = {
    ...{ evidence, moved: planned.moved, channels, untried },
    shown: board.capabilities.has('stage2-introspection'),
  };
  const notes = [...planned.replaced, ...fileNotes(beside, planned.moved)];
  if (!('dom0' in booted)) {
    const { kind, fault, machine } = booted;
    return {
      ...common,
      boot: { kind, text: fault.message },
      ...{ domains: [], verdicts: sharings.map(notTried), faults: [fault] },
      tookMs: performance.now() - startMs,
      log: machine?.console.transcript.files.lines ?? evidence,
      facts: machine?.facts ?? {},
      replaced: notes,
    };
  }
  const { dom0 } = booted;
  try {
    const trial = { subject, options, files, planned, sharings, dom0 };
    const found = await tryOut(trial).catch((error: unknown) => brokenOff(trial, error));
    await keepAccounts(dom0, evidence);
    await dom0.dispose();
    const health = faultsOfHealth(() => {
      dom0.machine.fate.check();
    });
    return {
      ...common,
      ...found,
      faults: [...found.faults, ...health],
      boot: { kind: 'up', text: '' },
      tookMs: performance.now() - startMs,
      log: dom0.machine.console.transcript.files.lines,
      facts: dom0.machine.facts,
      replaced: [...notes, ...found.replaced],
    };
  } finally {
    await dom0.dispose();
  }
}
