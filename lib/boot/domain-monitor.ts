// SPDX-License-Identifier: Apache-2.0
import type { TranscriptLine } from '../console/transcript.ts';
import { LineAcks, ReplyParts } from '../probe/console-link.ts';
import { Notes } from '../probe/notes.ts';
import { recordTag } from '../probe/protocol.ts';
import { RecordCounter, type ProbeRecord } from '../probe/records.ts';
import { SubjectError } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { crashedDomain, findDeath, focusedText, parseConsoleLine } from '../xen/console-lines.ts';
import type { PlannedDomain } from '../xen/plan.ts';

/** How long a probe's account of a fault may take to come whole. */
const accountMs = 100;

/** What a probe does to its domain once it has said so. */
const farewells = {
  off: 'powered itself off',
  reset: 'reset itself',
  crash: 'ended itself with the reason crash',
} as const;

/** Follows what one domain's probe says on the console: that it is up, that it died. */
export class DomainMonitor {
  readonly domain: PlannedDomain;
  readonly fate = new Fate();
  readonly counter: RecordCounter;
  readonly replies = new ReplyParts();
  readonly acks = new LineAcks();
  readonly notes = new Notes();
  readonly #who: string;
  readonly #logFile: string;
  readonly #account: string[] = [];
  #ready: { readonly line: TranscriptLine; readonly payload: string } | undefined;
  #lastLine: TranscriptLine | undefined;
  #dying: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;

  constructor(board: string, domain: PlannedDomain, run: string, logFile: string) {
    this.domain = domain;
    this.#who = `${board} domain ${domain.name} (d${domain.domid})`;
    this.#logFile = logFile;
    this.counter = new RecordCounter(run);
  }

  /** The console line with which the probe said that it is up. */
  get ready(): TranscriptLine | undefined {
    return this.#ready?.line;
  }

  /** What that line told: `name=owner box=0x40001000 ...`. */
  get readyPayload(): string | undefined {
    return this.#ready?.payload;
  }

  /** The last line of this domain. */
  get lastLine(): TranscriptLine | undefined {
    return this.#lastLine;
  }

  /**
   * Takes a console line; one of another domain is ignored. The domain that has the serial input,
   * `focus`, prints without its name: such a line is its own if it holds a record. While Xen has
   * it, that is dom0's, whose output Xen never names (drivers/char/console.c,
   * guest_console_write).
   */
  take(line: TranscriptLine, focus: number | 'xen' = 'xen'): void {
    const parsed = parseConsoleLine(line.text);
    const crash = parsed.from === 'domain' ? undefined : findDeath(parsed.text);
    if (crash?.kind === 'domain-crash' && crashedDomain(crash.text) === this.domain.domid)
      this.fate.doom(this.#farewell(`crashed, as Xen says: ${crash.text}`, line));
    const nameless = focus === 'xen' ? 0 : focus;
    const text = parsed.from === 'domain' || focus === 'xen' ? parsed.text : focusedText(line.text);
    const unnamed = text.startsWith(recordTag) ? nameless : undefined;
    if ((parsed.from === 'domain' ? parsed.domid : unnamed) !== this.domain.domid) return;
    this.#lastLine = line;
    const record = this.counter.take(text);
    if (record !== undefined) this.#hear(record, line);
  }

  /** To be called when no more lines come: an account that is under way is taken as it is. */
  dispose(): void {
    clearTimeout(this.#dying?.timer);
    this.#dying?.end();
  }

  #hear(record: ProbeRecord, line: TranscriptLine): void {
    switch (record.kind) {
      case 'ready':
        this.#ready ??= { line, payload: record.payload };
        break;
      case 'fault':
      case 'panic':
        this.#account.push(record.payload);
        // A fault comes in several records: registers follow the syndrome.
        this.#dying ??= this.#die(record.kind, line);
        break;
      case 'off':
      case 'reset':
      case 'crash':
        this.fate.doom(this.#farewell(farewells[record.kind], line));
        break;
      case 'reply':
        this.replies.take(record.payload);
        break;
      case 'ack':
        this.acks.take(record.payload);
        break;
      case 'note':
        this.notes.take(record.payload);
        break;
    }
  }

  #die(kind: string, line: TranscriptLine): { timer: NodeJS.Timeout; end: () => void } {
    const end = (): void => {
      this.fate.doom(this.#obituary(kind, line));
    };
    return { timer: setTimeout(end, accountMs), end };
  }

  #farewell(what: string, line: TranscriptLine): SubjectError {
    return new SubjectError({
      who: this.#who,
      what,
      lastSeen: line.text,
      where: `${this.#logFile}:${line.number}`,
      remedy: 'nothing in it answers any more: see what came before that line',
    });
  }

  #obituary(kind: string, line: TranscriptLine): SubjectError {
    return new SubjectError({
      who: this.#who,
      what:
        kind === 'panic'
          ? `its probe panicked: ${this.#account[0] ?? ''}`
          : 'its probe took a fault that nothing expected, and stopped',
      lastSeen: this.#account.join('\n'),
      where: `${this.#logFile}:${line.number}`,
      remedy: 'esr and elr say what and where: see the probe’s map file beside its image',
    });
  }
}
