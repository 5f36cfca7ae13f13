// SPDX-License-Identifier: Apache-2.0
import { Deadline } from '../support/deadline.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { Exchange, ProbeLink } from './link.ts';
import { type Abort, describeClass, parseReply, type Reply } from './replies.ts';
import { hex } from '../support/units.ts';

/** How long a command may take when its caller does not say. */
export const commandBudgetMs = 10_000;
/** For each byte of a window more: on a console a few of them are a command of their own. */
const windowMs = 20;

/** A memory access that a probe was told to make took an abort. */
export class DataAbortError extends SubjectError {
  readonly abort: Abort;

  constructor(who: string, command: string, abort: Abort) {
    super({
      who,
      what:
        `${describeClass(abort.ec)} at guest address ${hex(abort.far)}` +
        ` (ESR ${hex(abort.esr, 8)}, ELR ${hex(abort.elr)}) while it did "${command}"`,
      reached: `${abort.done} bytes`,
      remedy: 'see whether Xen mapped the page for this domain; toAbortAt() expects an abort',
    });
    this.abort = abort;
  }
}

/**
 * Commands after which nobody has to remember anything: no other vCPU runs, no grant is given, no
 * event channel is set up.
 */
const passing: ReadonlySet<string> = new Set([
  ...['ping', 'echo', 'say', 'dump', 'dtb', 'tlbi', 'cache'],
  ...['fill', 'check', 'load', 'store', 'add'],
]);

/** Speaks the protocol with one domain's probe and keeps a record of it. */
export class ProbeClient {
  readonly who: string;
  /** Console file and line. */
  readonly where: () => string;
  readonly exchanges: Exchange[] = [];
  readonly #link: ProbeLink;
  readonly #domain: { readonly name: string; readonly vcpus: number };
  readonly #started = new Set([0]);
  readonly #busy = new Map<number, Promise<unknown>>();

  /** Whether all that was asked was answered, and leaves nothing that a later client has to know. */
  get keepsNothing(): boolean {
    return this.exchanges.every(
      ({ command, reply }) => reply !== undefined && passing.has(command.split(' ', 1)[0] ?? ''),
    );
  }

  /** `where` says where the console's file stands now, for messages. */
  constructor(
    domain: { readonly name: string; readonly vcpus: number },
    who: string,
    link: ProbeLink,
    where: () => string,
  ) {
    this.#domain = domain;
    this.who = who;
    this.#link = link;
    this.where = where;
  }

  /** Starts a further vCPU with PSCI CPU_ON; a no-op when it runs. */
  async start(vcpu: number): Promise<void> {
    this.#checkExists(vcpu);
    if (this.#started.has(vcpu)) return;
    await this.run(`cpu-on ${hex(vcpu)}`);
    this.#started.add(vcpu);
  }

  /**
   * Sends a command to a vCPU once its earlier ones are answered; the reply as it comes.
   * @throws MisuseError for a vCPU that the domain has not, or that was not started.
   */
  async request(
    command: string,
    options: { vcpu?: number; budgetMs?: number } = {},
  ): Promise<Reply> {
    const vcpu = options.vcpu ?? 0;
    this.#checkExists(vcpu);
    if (!this.#started.has(vcpu))
      throw new MisuseError({
        who: this.who,
        what: `vCPU ${vcpu} was not started, and cannot do "${command}"`,
        remedy: `start it first: await ${this.#domain.name}.start(${vcpu})`,
      });
    const before = this.#busy.get(vcpu) ?? Promise.resolve();
    const mine = before
      .catch(() => undefined)
      .then(() => this.#exchange(vcpu, command, options.budgetMs ?? commandBudgetMs));
    this.#busy.set(vcpu, mine);
    return parseReply(await mine);
  }

  /** Sends a command that is not answered; settles once the probe has begun with it. */
  async post(command: string): Promise<void> {
    const before = this.#busy.get(0) ?? Promise.resolve();
    await before.catch(() => undefined);
    const startMs = performance.now();
    await this.#link.post(0, command, Deadline.after(commandBudgetMs));
    const tookMs = performance.now() - startMs;
    this.exchanges.push({
      domain: this.#domain.name,
      vcpu: 0,
      command,
      reply: undefined,
      tookMs,
    });
  }

  /**
   * Sends a command that has to succeed, and returns its fields.
   * @throws DataAbortError on an abort; SubjectError when Xen refuses it; MisuseError when the probe
   * does not know the command.
   */
  async run(command: string, options: { vcpu?: number; budgetMs?: number } = {}): Promise<Fields> {
    const reply = await this.request(command, options);
    if (reply.status === 'ok') return new Fields(this.who, command, reply.fields);
    if (reply.status === 'abort') throw new DataAbortError(this.who, command, reply.abort);
    if (reply.reason.startsWith('timeout'))
      throw new SubjectError({ who: this.who, what: `gave up "${command}": ${reply.reason}` });
    if (reply.reason.startsWith('xen refused'))
      throw new SubjectError({
        who: this.who,
        what: `could not do "${command}": ${reply.reason}`,
        where: this.where(),
        remedy: 'the result is a negative errno of xen/include/public/errno.h, in 64 bits',
      });
    throw new MisuseError({
      who: this.who,
      what: `does not do "${command}": ${reply.reason}`,
      remedy: 'images/probe/README.md lists the commands of the memory probe',
    });
  }

  /** Bytes of the window that the last reply spoke of. */
  window(length: number): Promise<Buffer> {
    return this.#link.window(length, Deadline.after(commandBudgetMs + length * windowMs));
  }

  #checkExists(vcpu: number): void {
    const { name, vcpus } = this.#domain;
    if (Number.isInteger(vcpu) && vcpu >= 0 && vcpu < vcpus) return;
    throw new MisuseError({
      who: this.who,
      what: `has no vCPU ${vcpu}: ${vcpus === 1 ? 'its only one is 0' : `they are 0 to ${vcpus - 1}`}`,
      remedy: `give it more in the specification: domains.${name}.vcpus`,
    });
  }

  async #exchange(vcpu: number, command: string, budgetMs: number): Promise<string> {
    const startMs = performance.now();
    let reply: string | undefined;
    try {
      reply = await this.#link.request(vcpu, command, Deadline.after(budgetMs));
      return reply;
    } finally {
      const tookMs = performance.now() - startMs;
      this.exchanges.push({ domain: this.#domain.name, vcpu, command, reply, tookMs });
    }
  }
}

/** The `key=value` fields of an `ok` reply. */
export class Fields {
  readonly #who: string;
  readonly #command: string;
  readonly #fields: ReadonlyMap<string, string>;

  constructor(who: string, command: string, fields: ReadonlyMap<string, string>) {
    this.#who = who;
    this.#command = command;
    this.#fields = fields;
  }

  has(key: string): boolean {
    return this.#fields.has(key);
  }

  /** @throws SubjectError when the reply has no such field. */
  text(key: string): string {
    const value = this.#fields.get(key);
    if (value === undefined)
      throw new SubjectError({
        who: this.#who,
        what: `answered "${this.#command}" without ${key}=`,
        lastSeen: [...this.#fields].map(([name, field]) => `${name}=${field}`).join(' '),
      });
    return value;
  }

  bigint(key: string): bigint {
    return BigInt(this.text(key));
  }

  number(key: string): number {
    return Number(this.bigint(key));
  }
}
