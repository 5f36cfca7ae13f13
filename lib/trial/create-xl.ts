// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { writeBlob } from '../dt/index.ts';
import { ownersOf } from '../import/partial-owners.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import { describeWhere, type Where } from '../import/where.ts';
import { Domain } from '../probe/domain.ts';
import { probeArguments } from '../probe/protocol.ts';
import { Deadline } from '../support/deadline.ts';
import { messageOf, SubjectError } from '../support/errors.ts';
import { findProbe, type ProbeSearch } from '../toolstack/find-probe.ts';
import { createFileScript } from '../toolstack/scripts.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import type { SramPlaces } from './place-sram.ts';
import { type Replacement, rewriteForTrial } from './rewrite-xl.ts';
import type { Sharing } from './sharings.ts';
import type { NamedXl, TrialSystem } from './subject.ts';
import { type TrialFault, withoutNumbers } from './verdict.ts';
import { mostMemory, planCreated } from './xl-plan.ts';

/** How long `xl create` may take, emulated on a host that does other things too. */
const createMs = 60_000;

/** How long the probe may take from there. */
const probeMs = 20_000;

const directory = '/run/crosspage/trial';

/** What creating needs. */
export interface Creation {
  readonly system: TrialSystem;
  readonly search: ProbeSearch;
  readonly sharings: readonly Sharing[];
  readonly places: SramPlaces;
}

/** What came of a file. */
export interface Created {
  readonly replaced: readonly Replacement[];
  readonly domain?: Domain;
  readonly fault?: TrialFault;
}

/** xl's words without what says who speaks. */
function reasonOf({ stderr }: CommandResult): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:libxl: \w+: \S+ )?(?:Domain \d+:)?/, '').trim())
    .filter((line) => line !== '' && !/^Parsing config from/.test(line));
  return lines.find((line) => /static_shm|iomem/.test(line)) ?? lines[0] ?? 'it says nothing';
}

/** Where the user wrote what xl speaks of: an entry, an option, else the file. */
function blamed({ file, where, iomem, staticShm }: XlDomain, stderr: string): Where {
  const entry = [...iomem, ...staticShm].find(({ text }) => stderr.includes(text));
  if (entry !== undefined) return entry.where;
  const ofId = staticShm.find(({ id }) => id !== undefined && stderr.includes(`id = ${id}`));
  if (ofId !== undefined) return ofId.where;
  const setting = file.settings.find(({ name }) => new RegExp(`\\b${name}\\b`).test(stderr));
  if (setting === undefined) return where;
  const { place } = setting;
  return { file: place.file, place, line: file.lines.text(place.line) };
}

export function refusal({ name, domain }: NamedXl, result: CommandResult): TrialFault {
  const reason = reasonOf(result);
  const end = result.signal === undefined ? `exit code ${String(result.code)}` : result.signal;
  return {
    assertion: `${name}: xl creates it (${withoutNumbers(reason)})`,
    message: `\`xl create\` ended with ${end}: ${reason}`,
    where: describeWhere(blamed(domain, result.stderr)),
  };
}

/** Puts the partial device tree that a file names into dom0, where the directory has it. */
export async function uploadTree(
  dom0: Dom0,
  { partials, domains }: TrialSystem,
  { name, domain }: NamedXl,
): Promise<string | undefined> {
  const partial = partials.find((one) =>
    ownersOf(one, { hosts: [], partials, domains }).xl.includes(domain),
  );
  if (partial === undefined) return undefined;
  const path = `${directory}/${name}.dtb`;
  await dom0.output(['mkdir', '-p', directory]);
  await dom0.upload(path, Buffer.from(writeBlob(partial.source.tree)));
  return path;
}

/** Waits for the probe of a domain, by its plan. */
export async function meetProbe(
  search: ProbeSearch,
  plan: PlannedDomain,
  { run, from }: { readonly run: string; readonly from: number },
): Promise<Domain> {
  const { client, monitor } = await findProbe(search, { plan, run, from }, Deadline.after(probeMs));
  const { writes, stage2 } = search;
  return new Domain(plan, { client, writes, stage2 }, monitor.notes);
}

/** A probe that does not answer, as a fault. @throws what is no fault of the domain. */
export function silence(name: string, where: Where, error: unknown): TrialFault {
  if (!(error instanceof SubjectError)) throw error;
  const [message = ''] = messageOf(error).split('\n');
  return { assertion: `${name}: its probe answers`, message, where: describeWhere(where) };
}

/** Has xl create a domain from the user's file. */
export async function createXl(creation: Creation, one: NamedXl): Promise<Created> {
  const { system, search, sharings, places } = creation;
  const { dom0 } = search;
  const { name, domain } = one;
  const run = randomBytes(4).toString('hex');
  const deviceTree = await uploadTree(dom0, system, one);
  const { text, replaced } = rewriteForTrial(domain, {
    ...{ kernel: dom0.probePath, arguments: probeArguments(run, name) },
    ...{ hostOf: (address) => places.of(address), most: mostMemory, deviceTree },
  });
  const from = dom0.machine.console.transcript.lines.length;
  const path = `${directory}/${name}.cfg`;
  const options = { input: text, timeoutMs: createMs };
  const result = await dom0.run(['sh', '-c', createFileScript, 'sh', path], options);
  if (result.code !== 0) return { replaced, fault: refusal(one, result) };
  const plan = planCreated(one, Number(result.stdout), sharings, places);
  try {
    return { replaced, domain: await meetProbe(search, plan, { run, from }) };
  } catch (error) {
    return { replaced, fault: silence(name, domain.where, error) };
  }
}
