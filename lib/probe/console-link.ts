// SPDX-License-Identifier: Apache-2.0
import type { SerialInput } from '../console/serial-input.ts';
import { crc32 } from '../support/checksum.ts';
import type { Deadline } from '../support/deadline.ts';
import { pause } from '../support/deadline.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { hex } from '../support/units.ts';
import { NoAnswerError, type ProbeLink } from './link.ts';
import { commandTag, pieceSize } from './protocol.ts';
import { parseReply } from './replies.ts';

/**
 * How long a piece has to be acknowledged, and a reply has to come, before the same command, with
 * the same number, is typed again: at first. Doubles each time, for slow hosts.
 */
const firstPatienceMs = 1000;

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** How much of which line a probe says it has, from its `ack` records. */
export class LineAcks {
  #last: readonly number[] = [];

  /** Takes the payload of an `ack` record: `<sequence> <attempt> <characters>`. */
  take(payload: string): void {
    this.#last = payload.split(' ').map((text) => Number.parseInt(text, 16));
  }

  /** The number of the last command of which the probe has something; 0 before the first. */
  get sequence(): number {
    return this.#last[0] ?? 0;
  }

  /** Characters that the probe has of this attempt at a command, its line's end included. */
  count(sequence: number, attempt: number): number {
    const [lastSequence, lastAttempt, characters] = this.#last;
    return lastSequence === sequence && lastAttempt === attempt ? (characters ?? 0) : 0;
  }
}

/** Parts of replies as they arrive, put together by the number of their command. */
export class ReplyParts {
  readonly #parts = new Map<number, (string | undefined)[]>();

  /** Takes the payload of a `reply` record: `<sequence>/<part>/<parts> <text>`. */
  take(payload: string): void {
    const match = /^([0-9a-f]+)\/([0-9a-f]+)\/([0-9a-f]+) (.*)$/.exec(payload);
    if (match === null) return;
    const [sequence, part, parts] = match.slice(1, 4).map((text) => Number.parseInt(text, 16));
    if (sequence === undefined || part === undefined || parts === undefined) return;
    const known = this.#parts.get(sequence) ?? Array.from({ length: parts }, () => undefined);
    known[part - 1] = match[4];
    this.#parts.set(sequence, known);
  }

  /** The whole reply to a command, once every part is there. */
  whole(sequence: number): string | undefined {
    const parts = this.#parts.get(sequence);
    if (parts === undefined || parts.includes(undefined)) return undefined;
    return parts.join('');
  }
}

/** How long a command that ends its domain may take to be typed and acknowledged. */
const postMs = 5000;
/** What a probe says behind that is over when it says nothing for so long. */
const farewellMs = 250;

interface Attempt {
  readonly sequence: number;
  readonly attempt: number;
  readonly command: string;
  readonly patienceMs: number;
}

/** A command's line with its end, and the pieces to type: a line's end clears what lay before. */
function lineOf(
  run: string,
  sequence: number,
  attempt: number,
  command: string,
): { line: string; pieces: string[] } {
  const numbers = `${hexOf(sequence, 4)} ${hexOf(attempt, 2)}`;
  const body = `${commandTag} ${run} ${numbers} ${command}`;
  const line = `${body} *${hexOf(crc32(new TextEncoder().encode(body)), 8)}\n`;
  const pieces: string[] = [];
  for (let at = 0; at < line.length; at += pieceSize) pieces.push(line.slice(at, at + pieceSize));
  return { line, pieces: pieces.map((piece, index) => (index === 0 ? `\n${piece}` : piece)) };
}

/**
 * Commands typed on the console, for boards whose memory the host cannot see: piece by piece, each
 * after the probe has acknowledged the one before. A command that gets lost on the way is typed
 * again with its number: the probe runs it once and repeats its reply.
 */
export class ConsoleLink implements ProbeLink {
  readonly #who: string;
  readonly #run: string;
  readonly #domid: number;
  readonly #input: SerialInput;
  readonly #replies: ReplyParts;
  readonly #acks: LineAcks;
  readonly #fate: Fate;
  readonly #blame: (verdict: SubjectError) => Promise<Error>;
  #sequence: number;
  /** The last command that the probe had whole. */
  #taken = 0;

  constructor(parts: {
    who: string;
    run: string;
    domid: number;
    input: SerialInput;
    replies: ReplyParts;
    acks: LineAcks;
    fate: Fate;
    /** The error for what was not heard, where the line may be at fault. Default: as it is. */
    blame?: (verdict: SubjectError) => Promise<Error>;
  }) {
    this.#who = parts.who;
    this.#run = parts.run;
    this.#domid = parts.domid;
    this.#input = parts.input;
    this.#replies = parts.replies;
    this.#acks = parts.acks;
    // Of a probe that goes on, what was replied to an earlier command is no reply to the next.
    this.#sequence = parts.acks.sequence;
    this.#fate = parts.fate;
    this.#blame = parts.blame ?? ((verdict) => Promise.resolve(verdict));
  }

  async request(vcpu: number, command: string, deadline: Deadline): Promise<string> {
    return this.#request(vcpu, command, deadline, 0).catch(async (error: unknown) => {
      // What ended the domain is told as it is.
      if (!(error instanceof SubjectError) || this.#fate.error !== undefined) throw error;
      throw await this.#blame(error);
    });
  }

  async #request(
    vcpu: number,
    command: string,
    deadline: Deadline,
    quietMs: number,
  ): Promise<string> {
    if (vcpu !== 0)
      throw new MisuseError({
        who: this.#who,
        what: `vCPU ${vcpu} has no console: only vCPU 0 reads commands from it`,
      });
    const sequence = ++this.#sequence;
    const work = async (): Promise<string> => {
      let patienceMs = firstPatienceMs;
      for (let attempt = 0; ; attempt++, patienceMs *= 2) {
        const reply = await this.#attempt({ sequence, attempt, command, patienceMs }, deadline);
        if (reply !== undefined) return reply;
        if (deadline.passed) throw this.#late(command, deadline);
      }
    };
    return this.#input.whileOn(this.#domid, deadline, work, quietMs);
  }

  /** The probe acknowledges the line, but not that it has begun: it is given a moment. */
  async post(vcpu: number, command: string, deadline: Deadline): Promise<void> {
    await this.#request(vcpu, command, deadline.within(postMs), farewellMs).catch(() => undefined);
  }

  /**
   * Types the command once; the reply, if it comes. A probe that has taken the whole line does what
   * it says: until then the first piece of the next attempt waits in the UART, which has room.
   */
  async #attempt(
    { sequence, attempt, command, patienceMs }: Attempt,
    deadline: Deadline,
  ): Promise<string | undefined> {
    const { line, pieces } = lineOf(this.#run, sequence, attempt, command);
    let typed = 0;
    for (const piece of pieces) {
      this.#input.type(piece);
      typed = Math.min(typed + pieceSize, line.length);
      const working = attempt > 0 && typed === pieceSize && this.#taken === sequence;
      const patience = working ? deadline : deadline.within(patienceMs);
      const there = (): boolean => this.#acks.count(sequence, attempt) >= typed;
      const reply = await this.#reply(sequence, patience, there);
      // An earlier attempt's reply, and this piece's acknowledgement is still to be printed: were
      // the focus moved meanwhile, Xen would write into the middle of it.
      if (reply !== undefined) await this.#until(there, deadline.within(patienceMs));
      if (reply !== undefined || !there()) return reply;
    }
    this.#taken = sequence;
    return this.#reply(sequence, deadline.within(patienceMs), () => false);
  }

  async #until(there: () => boolean, patience: Deadline): Promise<void> {
    while (!there() && !patience.passed && this.#fate.error === undefined) await pause(1);
  }

  /** The reply to a command; undefined once `enough` says so or the patience is at its end. */
  async #reply(
    sequence: number,
    patience: Deadline,
    enough: () => boolean,
  ): Promise<string | undefined> {
    for (;;) {
      const reply = this.#replies.whole(sequence);
      if (reply !== undefined) return reply;
      this.#fate.check();
      if (enough() || patience.passed) return undefined;
      await pause(1);
    }
  }

  async window(length: number, deadline: Deadline): Promise<Buffer> {
    const piece = 0x80;
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < length; offset += piece) {
      const size = Math.min(piece, length - offset);
      const reply = parseReply(
        await this.request(0, `window ${hex(offset)} ${hex(size)}`, deadline),
      );
      if (reply.status !== 'ok')
        throw new SubjectError({ who: this.#who, what: 'did not show its window' });
      pieces.push(Buffer.from(reply.fields.get('hex') ?? '', 'hex'));
    }
    return Buffer.concat(pieces);
  }

  #late(command: string, deadline: Deadline): Error {
    return new NoAnswerError({
      who: this.#who,
      what: `did not answer "${command}" on its console within ${Math.round(deadline.budgetMs)} ms`,
      remedy: 'see in the console’s file whether the command arrived whole',
    });
  }
}
