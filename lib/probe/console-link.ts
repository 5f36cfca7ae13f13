// SPDX-License-Identifier: Apache-2.0
import type { SerialInput } from '../console/serial-input.ts';
import { crc32 } from '../support/checksum.ts';
import type { Deadline } from '../support/deadline.ts';
import { pause } from '../support/deadline.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { Fate } from '../support/fate.ts';
import { hex } from '../support/units.ts';
import type { ProbeLink } from './link.ts';
import { commandTag } from './protocol.ts';
import { parseReply } from './replies.ts';

/**
 * How long a reply is awaited before the same command, with the same number, is typed again, and
 * how long a probe has to take each piece of it: at first. Both double each time, for slow hosts.
 */
const firstPatienceMs = 200;
const firstPaceMs = 2;

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

/**
 * Commands typed on the console, for boards whose memory the host cannot see. A command that gets
 * lost on the way is typed again with its number: the probe runs it once and repeats its reply.
 */
export class ConsoleLink implements ProbeLink {
  readonly #who: string;
  readonly #run: string;
  readonly #domid: number;
  readonly #input: SerialInput;
  readonly #replies: ReplyParts;
  readonly #fate: Fate;
  #sequence = 0;

  constructor(parts: {
    who: string;
    run: string;
    domid: number;
    input: SerialInput;
    replies: ReplyParts;
    fate: Fate;
  }) {
    this.#who = parts.who;
    this.#run = parts.run;
    this.#domid = parts.domid;
    this.#input = parts.input;
    this.#replies = parts.replies;
    this.#fate = parts.fate;
  }

  async request(vcpu: number, command: string, deadline: Deadline): Promise<string> {
    if (vcpu !== 0)
      throw new MisuseError({
        who: this.#who,
        what: `vCPU ${vcpu} has no console: only vCPU 0 reads commands from it`,
      });
    const sequence = ++this.#sequence;
    const body = `${commandTag} ${this.#run} ${sequence.toString(16).padStart(4, '0')} ${command}`;
    const sum = crc32(new TextEncoder().encode(body)).toString(16).padStart(8, '0');
    return this.#input.whileOn(this.#domid, deadline, async () => {
      for (let factor = 1; ; factor *= 2) {
        await this.#input.type(`${body} *${sum}\n`, firstPaceMs * factor);
        const patience = deadline.within(firstPatienceMs * factor);
        while (!patience.passed) {
          const reply = this.#replies.whole(sequence);
          if (reply !== undefined) return reply;
          this.#fate.check();
          await pause(1);
        }
        if (deadline.passed) throw this.#late(command, deadline);
      }
    });
  }

  /** There is no word from the probe that it has begun: the command is typed, and given a moment. */
  async post(vcpu: number, command: string, deadline: Deadline): Promise<void> {
    await this.request(vcpu, command, deadline.within(firstPatienceMs)).catch(() => undefined);
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
    return new SubjectError({
      who: this.#who,
      what: `did not answer "${command}" on its console within ${Math.round(deadline.budgetMs)} ms`,
      remedy: 'see in the console’s file whether the command arrived whole',
    });
  }
}
