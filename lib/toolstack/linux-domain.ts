// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { factsOf, type PageFacts } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import { type Bytes, PAGE } from '../support/units.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { panicked, silentLinux } from './failures.ts';
import { addressFacts, LinuxMemory } from './linux-memory.ts';
import { askScript, consoleLog, findPanic, panicScript, readReply } from './scripts.ts';

/** What a Linux domain is made of. */
export interface LinuxDomainParts {
  /** For messages. */
  readonly who: string;
  readonly plan: PlannedDomain;
  readonly dom0: Dom0;
  readonly stage2: Stage2Source;
  /** It has another domid now. */
  readonly rebooted: (domain: LinuxDomain, before: number) => void;
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
  readonly #parts: LinuxDomainParts;
  #domid: number;
  #asked = 0;
  #gone = false;
  #askedToPanic = false;
  /** There is one place for a request. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: LinuxDomainParts) {
    this.#parts = parts;
    this.name = parts.plan.name;
    this.#domid = parts.plan.domid;
  }

  /** Another one after each reboot. */
  get domid(): number {
    return this.#domid;
  }

  /** What is known of it, as of any domain. */
  get plan(): PlannedDomain {
    return { ...this.#parts.plan, domid: this.#domid };
  }

  /** Guest addresses of it, as Xen maps them: the domain must run to be looked at. */
  at(guestAddress: bigint, size: Bytes = PAGE): LinuxMemory {
    return this.#memory(addressFacts(this.name, guestAddress, size));
  }

  #memory(facts: PageFacts): LinuxMemory {
    const { who, stage2 } = this.#parts;
    return new LinuxMemory(facts, { who, where: () => consoleLog(this.name), stage2 });
  }

  /**
   * A region that it shares, as Xen maps it, for matchers on that.
   * @throws MisuseError when it does not map it.
   */
  page(region: string): LinuxMemory {
    const shared = factsOf(this.plan);
    const facts = shared.find(({ name }) => name === region);
    if (facts !== undefined) return this.#memory(facts);
    const { who } = this.#parts;
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

  /** Whether a test had it panic: that is no fault. */
  get askedToPanic(): boolean {
    return this.#askedToPanic;
  }

  /** @throws SubjectError when its console tells that its kernel panicked. */
  async checkHealth(): Promise<void> {
    const args = ['sh', '-c', panicScript, 'panic', consoleLog(this.name)];
    const panic = findPanic(await this.#parts.dom0.output(args));
    if (panic !== undefined) throw panicked(this, panic);
  }

  /** Has it run a shell command line from which no reply comes: one that ends it. */
  async post(command: string): Promise<void> {
    this.#asked += 1;
    const request = `/local/domain/${this.#domid}/data/request`;
    await this.#parts.dom0.output(['xenstore-write', '-R', request, `${this.#asked} ${command}`]);
  }

  /**
   * `echo c > /proc/sysrq-trigger`: its kernel panics, and stands still. Returns when its console
   * has said so. @throws CommandError when it does not.
   */
  async panic(budgetMs = 60_000): Promise<void> {
    this.#askedToPanic = true;
    await this.post('echo c > /proc/sysrq-trigger');
    const log = consoleLog(this.name);
    const script = `until grep -q 'end Kernel panic' ${log}; do usleep 100000; done`;
    await this.#parts.dom0.output(['sh', '-c', script], { timeoutMs: budgetMs });
  }

  /**
   * Has it reboot, upon which xl makes it anew, with another domid, and waits until it takes
   * commands. @throws CommandError when it is not made; SubjectError when it does not answer.
   */
  async reboot(budgetMs = 120_000): Promise<void> {
    const before = this.#domid;
    await this.post('reboot -f');
    // It has its name first; its domid is in XenStore once it is built, and what is asked of a domain
    // without one is not waited for.
    const script =
      'until domid=$(xl domid "$0" 2> /dev/null) && [ "$domid" != "$1" ] && ' +
      'xenstore-exists "/local/domain/$domid/domid"; do usleep 200000; done; echo "$domid"';
    const argv = ['sh', '-c', script, this.name, String(before)];
    this.#domid = Number(await this.#parts.dom0.output(argv, { timeoutMs: budgetMs }));
    this.#asked = 0;
    this.#parts.rebooted(this, before);
    await awaitLinux(this, budgetMs);
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
