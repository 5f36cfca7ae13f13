// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { SubjectError } from '../support/errors.ts';
import { panicked, silentLinux } from './failures.ts';
import { askScript, consoleLog, findPanic, panicScript, readReply } from './scripts.ts';

/** Linux' arguments in a domU: its console is Xen's, which dom0 keeps; it has no enemies. */
export const guestArguments = 'console=hvc0 oops=panic mitigations=off quiet';

/** What a Linux domain is made of. */
export interface LinuxDomainParts {
  /** For messages. */
  readonly who: string;
  readonly name: string;
  readonly domid: number;
  readonly dom0: Dom0;
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
  readonly #parts: LinuxDomainParts;
  #asked = 0;
  #gone = false;

  constructor(parts: LinuxDomainParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.domid = parts.domid;
  }

  /**
   * What a shell command line prints, both outputs together, without its last newlines; at most
   * about 4000 bytes.
   * @throws SubjectError when it does not succeed, or the domain does not answer: by its panic, if it
   * had one.
   */
  async output(command: string, options: LinuxCommandOptions = {}): Promise<string> {
    const { timeoutMs = 20_000 } = options;
    this.#asked += 1;
    const args = [
      String(this.domid),
      command,
      String(this.#asked),
      String(Math.ceil(timeoutMs / 1000)),
      consoleLog(this.name),
    ];
    const { dom0 } = this.#parts;
    const result = await dom0.run(['sh', '-c', askScript, 'ask', ...args], {
      // It ends by itself before that.
      timeoutMs: timeoutMs + 10_000,
    });
    const reply = readReply(result.stdout);
    if (reply === undefined) {
      await this.checkHealth();
      throw await silentLinux(dom0, this.#parts, command, timeoutMs);
    }
    if (reply.code === 0) return reply.output;
    throw new SubjectError({
      who: this.#parts.who,
      what: `\`${command}\` ended with exit code ${reply.code}`,
      lastSeen: reply.output,
    });
  }

  /** @throws SubjectError when its console tells that its kernel panicked. */
  async checkHealth(): Promise<void> {
    const args = ['sh', '-c', panicScript, 'panic', consoleLog(this.name)];
    const panic = findPanic(await this.#parts.dom0.output(args));
    if (panic !== undefined) throw panicked(this.#parts, panic);
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
