// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { factsOf } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { panicked, silentLinux } from './failures.ts';
import { LinuxMemory } from './linux-memory.ts';
import { askScript, consoleLog, findPanic, panicScript, readReply } from './scripts.ts';

/** Linux' arguments in a domU: its console is Xen's, which dom0 keeps; it has no enemies. */
export const guestArguments = 'console=hvc0 oops=panic mitigations=off quiet';

/** What a Linux domain is made of. */
export interface LinuxDomainParts {
  /** For messages. */
  readonly who: string;
  readonly plan: PlannedDomain;
  readonly dom0: Dom0;
  readonly stage2: Stage2Source;
  readonly destroyed: (domain: LinuxDomain) => Promise<void>;
}

/** How a command is run. */
export interface LinuxCommandOptions {
  /** From the request to the reply. Default 20 s. */
  readonly timeoutMs?: number;
}

/** A domain with Linux in it that `xl create` made: it runs commands that come by XenStore. */
export class LinuxDomain {
  readonly name: string;
  readonly domid: number;
  readonly plan: PlannedDomain;
  readonly #parts: LinuxDomainParts;
  #asked = 0;
  #gone = false;
  /** There is one place for a request. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: LinuxDomainParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.name = parts.plan.name;
    this.domid = parts.plan.domid;
  }

  /**
   * A region that it shares, as Xen maps it, for matchers on that.
   * @throws MisuseError when it does not map it.
   */
  page(region: string): LinuxMemory {
    const shared = factsOf(this.plan);
    const facts = shared.find(({ name }) => name === region);
    const { who, stage2 } = this.#parts;
    if (facts !== undefined)
      return new LinuxMemory(facts, { who, where: () => consoleLog(this.name), stage2 });
    throw new MisuseError({
      who,
      what: `does not map ${region}`,
      remedy: `it maps: ${shared.map(({ name }) => name).join(', ') || 'nothing'}`,
    });
  }

  /**
   * What a shell command line prints, both outputs together, without its last newlines; at most
   * about 4000 bytes.
   * @throws SubjectError when it does not succeed, or the domain does not answer: by its panic, if it
   * had one; MisuseError when the domain was destroyed.
   */
  output(command: string, options: LinuxCommandOptions = {}): Promise<string> {
    const turn = this.#turn.then(() => this.#output(command, options.timeoutMs ?? 20_000));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #output(command: string, timeoutMs: number): Promise<string> {
    if (this.#gone)
      throw new MisuseError({
        who: this.#parts.who,
        what: `was destroyed, and cannot run \`${command}\``,
        remedy: 'await what a domain is asked before it is destroyed',
      });
    this.#asked += 1;
    const args = [
      String(this.domid),
      command,
      String(this.#asked),
      String(Math.ceil(timeoutMs / 1000)),
      consoleLog(this.name),
    ];
    const result = await this.#parts.dom0.run(['sh', '-c', askScript, 'ask', ...args], {
      // It ends by itself before that.
      timeoutMs: timeoutMs + 10_000,
    });
    const reply = readReply(result.stdout);
    if (reply === undefined) {
      await this.checkHealth();
      throw await silentLinux(this.#parts.dom0, this, command, timeoutMs);
    }
    if (reply.code === 0) return reply.output;
    throw new SubjectError({
      who: this.#parts.who,
      what: `\`${command}\` ended with exit code ${reply.code}`,
      lastSeen: reply.output,
    });
  }

  /** For messages. */
  get who(): string {
    return this.#parts.who;
  }

  /** @throws SubjectError when its console tells that its kernel panicked. */
  async checkHealth(): Promise<void> {
    const args = ['sh', '-c', panicScript, 'panic', consoleLog(this.name)];
    const panic = findPanic(await this.#parts.dom0.output(args));
    if (panic !== undefined) throw panicked(this, panic);
  }

  /** `xl destroy`: ends it without asking it. Idempotent. */
  async destroy(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await this.#parts.destroyed(this);
  }
}

/** Waits until a Linux domain takes commands. */
export async function awaitLinux(domain: LinuxDomain, budgetMs: number): Promise<void> {
  await domain.output('true', { timeoutMs: budgetMs });
}
