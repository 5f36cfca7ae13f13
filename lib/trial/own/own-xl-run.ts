// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Dom0 } from '../../boot/dom0.ts';
import type { Deadline } from '../../support/deadline.ts';
import { pause } from '../../support/deadline.ts';
import { createFileScript } from '../../toolstack/scripts.ts';
import type { PlannedDomain } from '../../xen/plan.ts';
import { parseXlList, type XlListEntry } from '../../xen/xl-output.ts';
import { refusal, uploadTree } from '../create-xl.ts';
import type { SramPlaces } from '../place-sram.ts';
import { type Replacement, rewriteForTrial } from '../rewrite-xl.ts';
import type { Sharing } from '../sharings.ts';
import type { NamedXl } from '../subject.ts';
import type { TrialFault } from '../verdict.ts';
import { mostMemory, planCreated } from '../xl-plan.ts';
import { heardEnough, quietMs, type Voices } from './listen.ts';
import type { OwnFile } from './own-files.ts';
import type { DomainFacts, OwnSubject } from './own-outcome.ts';
import type { ExpectedLine } from './voice.ts';
import { Voice } from './voice.ts';

const directory = '/run/crosspage/trial';

/** How long `xl create` may take of a kernel that is large. */
const createMs = 120_000;

/** What domains have said is asked of dom0 so often. */
const pollMs = 500;

/** Prints what xenconsoled has kept of each console, the emulated UART's too. */
const consolesScript =
  'for file in /var/log/xen/console/guest-*.log; do echo "== $file"; cat "$file" 2>/dev/null; echo; done';

/** Prints what became of the domains, and what the `xl`s say that wait for their ends. */
const endsScript =
  'xl list; for file in /var/log/xen/xl-*.log; do echo "== $file"; cat "$file" 2>/dev/null; echo; done';

/** Texts by the files that `== FILE` stands before. */
function texts(output: string): Map<string, string> {
  const parts = output.split(/^== (\/\S+)\n/m).slice(1);
  const found = new Map<string, string>();
  // Each ends with a line end that the script adds.
  for (let at = 0; at + 1 < parts.length; at += 2)
    found.set(parts[at] ?? '', (parts[at + 1] ?? '').replace(/\n$/, ''));
  return found;
}

/**
 * Where dom0 has files that xl loads, by their paths without the first `/`. They go there with its root
 * file system: by SSH to an emulated machine a kernel takes a minute.
 */
export function dom0Files(files: readonly OwnFile[]): Readonly<Record<string, string>> {
  const paths = new Set(files.flatMap(({ start, path }) => (start === undefined ? [path] : [])));
  return Object.fromEntries(
    [...paths].map((path, index) => [`usr/lib/crosspage/own-${index}-${basename(path)}`, path]),
  );
}

/** A domain that xl has created. */
interface CreatedDomain {
  readonly one: NamedXl;
  /** Its name in xl's lists. */
  readonly called: string;
  readonly plan: PlannedDomain;
  readonly voice: Voice;
}

/** Domains that xl creates of the user's own kernels, in a dom0 that is up. */
export class OwnXlRun {
  readonly replaced: Replacement[] = [];
  readonly #dom0: Dom0;
  readonly #subject: OwnSubject;
  readonly #files: readonly OwnFile[];
  readonly #created: CreatedDomain[] = [];
  readonly #voices: Voices;
  /** How many lines of each console's file have been taken. */
  readonly #taken = new Map<string, number>();

  /** `voices`: what is said on the machine's console. */
  constructor(dom0: Dom0, subject: OwnSubject, files: readonly OwnFile[], voices: Voices) {
    this.#dom0 = dom0;
    this.#voices = voices;
    this.#subject = subject;
    this.#files = files;
  }

  get plans(): PlannedDomain[] {
    return this.#created.map(({ plan }) => plan);
  }

  /** Has xl create a domain; what xl has against it, if it has. */
  async create(
    one: NamedXl,
    sharings: readonly Sharing[],
    places: SramPlaces,
    expected: readonly ExpectedLine[],
  ): Promise<TrialFault | undefined> {
    const { name, domain } = one;
    const deviceTree =
      (await uploadTree(this.#dom0, this.#subject.system, one)) ??
      this.#inDom0(name, 'device-tree');
    const { text, replaced } = rewriteForTrial(domain, {
      ...{ kernel: this.#inDom0(name, 'kernel') ?? '', arguments: undefined, deviceTree },
      ramdisk: this.#inDom0(name, 'ramdisk'),
      ...{ hostOf: (address) => places.of(address), most: mostMemory },
    });
    this.replaced.push(...replaced);
    const from = this.#dom0.machine.console.transcript.lines.length;
    const path = `${directory}/${name}.cfg`;
    const options = { input: text, timeoutMs: createMs };
    const result = await this.#dom0.run(['sh', '-c', createFileScript, 'sh', path], options);
    if (result.code !== 0) return refusal(one, result);
    const plan = planCreated(one, Number(result.stdout), sharings, places);
    const called = domain.name?.value ?? name;
    const voice = new Voice(name, expected);
    this.#created.push({ one, called, plan, voice });
    this.#voices.follow(plan.domid, voice, from);
    return undefined;
  }

  /** A file of a domain as dom0 has it, if there is one. */
  #inDom0(domain: string, kind: OwnFile['kind']): string | undefined {
    const file = this.#files.find((one) => one.domain === domain && one.kind === kind);
    const laid = Object.entries(dom0Files(this.#files)).find(([, path]) => path === file?.path);
    return laid && `/${laid[0]}`;
  }

  /**
   * Listens to the domains, those on the machine's console too, until every expected line has come,
   * and where a domain has none until all are quiet; at most until the deadline.
   */
  async listen(deadline: Deadline): Promise<void> {
    const { all } = this.#voices;
    const { transcript } = this.#dom0.machine.console;
    let [bytes, spokeMs] = [transcript.bytes, performance.now()];
    for (;;) {
      const grown = await this.#hear();
      if (grown || transcript.bytes !== bytes) spokeMs = performance.now();
      bytes = transcript.bytes;
      const quiet = performance.now() - spokeMs >= quietMs;
      if (heardEnough(all, quiet) || deadline.passed) return;
      await pause(Math.min(pollMs, deadline.leftMs));
    }
  }

  /** Takes what has been said since the last time; whether there was something. */
  async #hear(): Promise<boolean> {
    if (this.#created.length === 0) return false;
    const said = texts(await this.#dom0.output(['sh', '-c', consolesScript]));
    let grown = false;
    for (const { called, voice } of this.#created)
      for (const suffix of ['', '-vuart0']) {
        const file = `/var/log/xen/console/guest-${called}${suffix}.log`;
        const lines = (said.get(file) ?? '').split(/\r?\n/);
        const partial = lines.pop() ?? '';
        const before = this.#taken.get(file) ?? 0;
        for (const line of lines.slice(before)) voice.take(line, performance.now());
        voice.peek(partial, performance.now());
        this.#taken.set(file, lines.length);
        grown ||= lines.length > before;
      }
    return grown;
  }

  /** What became of each; `crashes`: what Xen said of domains that it ended, by their domids. */
  async facts(crashes: ReadonlyMap<number, string>, fromMs: number): Promise<DomainFacts[]> {
    const output = await this.#dom0.output(['sh', '-c', endsScript]);
    const list = parseXlList(output.split(/^== /m, 1)[0] ?? '');
    const logs = texts(output);
    return this.#created.map(({ one: { name }, called, plan, voice }) => ({
      name,
      domid: plan.domid,
      ...stateOf(
        list.find((entry) => entry.name === called),
        { crash: crashes.get(plan.domid), voice, log: logs.get(`/var/log/xen/xl-${called}.log`) },
      ),
      files: this.#files.filter(({ domain }) => domain === name),
      lines: voice.lines,
      lastLine: voice.last.at(-1),
      expected: voice.heard(fromMs),
    }));
  }
}

interface Signs {
  readonly crash: string | undefined;
  readonly voice: Voice;
  readonly log: string | undefined;
}

/** By what xl lists and says: `Domain 3 has shut down, reason code 3 0x3` (tools/xl/xl_vmcontrol.c). */
export function stateOf(
  entry: Pick<XlListEntry, 'state'> | undefined,
  { crash, voice, log = '' }: Signs,
): Pick<DomainFacts, 'state' | 'why'> {
  if (crash !== undefined) return { state: 'crashed', why: crash };
  if (voice.death !== undefined) return { state: 'panicked', why: voice.death.text };
  const shut = [...log.matchAll(/^Domain \d+ has shut down, reason code (\d+).*$/gm)].at(-1);
  const crashed = shut?.[1] === '3' || entry?.state.includes('c') === true;
  if (crashed) return { state: 'crashed', why: shut?.[0] ?? 'xl lists it as crashed' };
  if (entry === undefined || /[sd]/.test(entry.state)) return { state: 'ended', why: shut?.[0] };
  return {
    state: 'runs',
    why: shut === undefined ? undefined : `it has been restarted: ${shut[0]}`,
  };
}
