// SPDX-License-Identifier: Apache-2.0
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../boards/board.ts';
import { bootSystem } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import type { Page } from '../probe/page.ts';
import { addressPattern, noisePattern, type Pattern } from '../probe/patterns.ts';
import { messageOf, MisuseError, SubjectError } from '../support/errors.ts';
import { hex, PAGE } from '../support/units.ts';
import type { SystemSpec } from '../xen/spec.ts';
import { freshState, readState, type SoakState, writeState } from './state.ts';

/** The system that is booted over and over: two domains that share a page. */
const spec: SystemSpec = {
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
};

/** What is soaked, and where its state and evidence are kept. */
export interface SoakOptions {
  readonly board: Board;
  /** Boots in all, those of earlier sittings included. */
  readonly count: number;
  readonly workers: number;
  readonly directory: string;
  /** Whether to forget earlier sittings. */
  readonly fresh: boolean;
  /** Called after each boot, with the boots of this sitting and how long it has lasted. */
  readonly onBoot: (state: SoakState, here: number, elapsedMs: number) => void;
}

/** @throws SubjectError naming the first word that is not what was written. */
async function crosses(from: Page, to: Page, pattern: Pattern): Promise<void> {
  await from.write(pattern);
  const { bad, words, mismatches } = await to.check(pattern);
  if (bad === 0) return;
  const [first] = mismatches;
  throw new SubjectError({
    who: to.who,
    what: `${bad} of ${words} words are not what ${from.facts.domain} wrote`,
    lastSeen: `at offset ${hex(first?.offset ?? 0)}: ${hex(first?.observed ?? 0n)}`,
    where: to.where,
  });
}

interface Boot {
  readonly subject: string;
  readonly loss: System['loss'];
}

async function bootOnce(board: Board, evidence: string): Promise<Boot> {
  const system = await bootSystem(board, spec, { evidence });
  const { facts } = system.machine;
  try {
    const [owner, borrower] = ['owner', 'borrower'].map((name) =>
      system.domain(name).page('mailbox'),
    ) as [Page, Page];
    await crosses(owner, borrower, addressPattern());
    await crosses(borrower, owner, noisePattern(7));
  } finally {
    await system.dispose();
  }
  system.checkHealth();
  const subject = ['image:xen', 'image:probe'].map((key) => facts[key] ?? '').join(' ');
  return { subject, loss: system.loss };
}

/** Boots until the count is reached; the state is kept after each, so that it may be ended at any. */
class Soak {
  readonly #options: SoakOptions;
  readonly #file: string;
  readonly #startMs = performance.now();
  readonly #earlierMs: number;
  #state: SoakState;
  #begun: number;
  #here = 0;
  #stop = false;

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#file = join(options.directory, 'state.json');
    const kept = options.fresh ? freshState() : readState(this.#file);
    // A soak that has reached its count is over: the next one is another.
    this.#state = kept.boots >= options.count ? freshState() : kept;
    this.#begun = this.#state.boots;
    this.#earlierMs = this.#state.busyMs;
  }

  async run(): Promise<SoakState> {
    const workers = Array.from({ length: this.#options.workers }, (_, index) => this.#work(index));
    const ends = await Promise.allSettled(workers);
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return this.#state;
  }

  async #work(worker: number): Promise<void> {
    while (!this.#stop && this.#begun < this.#options.count) {
      const boot = ++this.#begun;
      const evidence = join(this.#options.directory, `worker-${worker}`);
      await rm(evidence, { recursive: true, force: true });
      try {
        this.#count(await bootOnce(this.#options.board, evidence));
      } catch (error) {
        await this.#alarm(boot, evidence, error);
      }
    }
  }

  /** What is not the subject's fault is no alarm: the soak ends, and goes on when it is cured. */
  async #alarm(boot: number, evidence: string, error: unknown): Promise<void> {
    if (!(error instanceof SubjectError)) {
      this.#stop = true;
      throw error;
    }
    const kept = join(this.#options.directory, `alarm-${boot}`);
    await rm(kept, { recursive: true, force: true });
    await rename(evidence, kept);
    const message = messageOf(error).replaceAll(evidence, kept);
    const alarms = [...this.#state.alarms, { boot, message, evidence: kept }];
    this.#advance({ ...this.#state, alarms });
  }

  #count({ subject, loss }: Boot): void {
    if (this.#state.subject !== undefined && this.#state.subject !== subject) {
      this.#stop = true;
      throw new MisuseError({
        who: 'soak',
        what: 'what it boots has changed since it began: another hypervisor or another probe',
        where: this.#file,
        remedy: 'run it with --fresh to begin anew',
      });
    }
    const { records } = this.#state;
    const sum = {
      received: records.received + loss.received,
      missing: records.missing + loss.missing,
      damaged: records.damaged + loss.damaged,
      repeated: records.repeated + loss.repeated,
      stale: records.stale + loss.stale,
    };
    this.#advance({ ...this.#state, subject, records: sum });
  }

  #advance(next: SoakState): void {
    const elapsedMs = performance.now() - this.#startMs;
    this.#state = { ...next, boots: next.boots + 1, busyMs: this.#earlierMs + elapsedMs };
    writeState(this.#file, this.#state);
    this.#options.onBoot(this.#state, ++this.#here, elapsedMs);
  }
}

/**
 * Boots the same two domains over and over; in each boot a pattern crosses both ways and the
 * system is well at the end. Whatever fails is a false alarm, since nothing is wrong.
 * @throws EnvironmentError for what the host lacks, MisuseError when an earlier sitting booted
 * something else: neither is an alarm, and the state stays.
 */
export function soak(options: SoakOptions): Promise<SoakState> {
  return new Soak(options).run();
}
