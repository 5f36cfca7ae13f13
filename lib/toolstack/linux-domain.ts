// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import { EnvironmentError, SubjectError } from '../support/errors.ts';
import { type Bytes, PAGE } from '../support/units.ts';
import type { PlannedDomain } from '../xen/plan.ts';

/** Linux' arguments in a domU: its console is Xen's, which dom0 keeps; it has no enemies. */
export const guestArguments = 'console=hvc0 oops=panic mitigations=off quiet';

/** What a Linux domain is made of. */
export interface LinuxDomainParts {
  /** For messages. */
  readonly who: string;
  readonly name: string;
  readonly domid: number;
  readonly dom0: Dom0;
  readonly plan: PlannedDomain;
  /** Guest addresses of it, as Xen maps them. */
  readonly at: (guestAddress: bigint, size: Bytes) => MappedMemory;
  readonly rebooted: (domain: LinuxDomain) => void;
  readonly destroyed: (domain: LinuxDomain) => Promise<void>;
}

/** How a command is run. */
export interface LinuxCommandOptions {
  /** From the request to the reply. Default 20 s. */
  readonly timeoutMs?: number;
}

/**
 * Asks for `$2` in the domain `$1`, and prints the reply with its number `$3`, for which it waits
 * `$4` seconds. The watch begins before the request, so that no reply is missed; nothing is polled,
 * as the domain needs the processors. images/domu/root/init is the other end.
 */
const ask =
  'data=/local/domain/$1/data; events=$(mktemp -u) && mkfifo $events || exit; ' +
  'xenstore-watch $data/reply > $events & watch=$!; exec 3< $events; rm $events; ' +
  'xenstore-write $data/request "$3 $2"; ' +
  'while read -r -t $4 _ <&3; do reply=$(xenstore-read $data/reply 2> /dev/null); ' +
  '[ "${reply%% *}" != "$3" ] || { echo "$reply"; break; }; done; kill $watch';

/** `NUMBER CODE OUTPUT`, with xenstore-read's escapes. */
function readReply(text: string): { code: number; output: string } | undefined {
  const match = /^\d+ (\d+) ?(.*)$/m.exec(text);
  if (match === null) return undefined;
  const [, code, output = ''] = match;
  return { code: Number(code), output: output.replaceAll('\\n', '\n') };
}

/** A domain with Linux in it that `xl create` made: it runs commands that come by XenStore. */
export class LinuxDomain {
  readonly name: string;
  readonly #parts: LinuxDomainParts;
  #domid: number;
  #asked = 0;
  #gone = false;

  constructor(parts: LinuxDomainParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#domid = parts.domid;
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
  at(guestAddress: bigint, size: Bytes = PAGE): MappedMemory {
    return this.#parts.at(guestAddress, size);
  }

  /**
   * What a shell command line prints, both outputs together, without its last newlines; at most
   * about 4000 bytes.
   * @throws SubjectError when it does not succeed; EnvironmentError when the domain does not answer.
   */
  async output(command: string, options: LinuxCommandOptions = {}): Promise<string> {
    const { timeoutMs = 20_000 } = options;
    this.#asked += 1;
    const args = [
      String(this.domid),
      command,
      String(this.#asked),
      String(Math.ceil(timeoutMs / 1000)),
    ];
    const result = await this.#parts.dom0.run(['sh', '-c', ask, 'ask', ...args], {
      // It ends by itself before that.
      timeoutMs: timeoutMs + 10_000,
    });
    const reply = readReply(result.stdout);
    if (reply === undefined) throw await this.#silent(command, timeoutMs, result);
    if (reply.code === 0) return reply.output;
    throw new SubjectError({
      who: this.#parts.who,
      what: `\`${command}\` ended with exit code ${reply.code}`,
      lastSeen: reply.output,
    });
  }

  /** Has it run a shell command line from which no reply comes: one that ends it. */
  async post(command: string): Promise<void> {
    this.#asked += 1;
    const request = `/local/domain/${this.#domid}/data/request`;
    await this.#parts.dom0.output(['xenstore-write', request, `${this.#asked} ${command}`]);
  }

  /**
   * `echo c > /proc/sysrq-trigger`: its kernel panics, and stands still. Returns when its console
   * has said so. @throws CommandError when it does not.
   */
  async panic(budgetMs = 60_000): Promise<void> {
    await this.post('echo c > /proc/sysrq-trigger');
    const script = `until grep -q 'end Kernel panic' ${this.#log}; do usleep 100000; done`;
    await this.#parts.dom0.output(['sh', '-c', script], { timeoutMs: budgetMs });
  }

  /**
   * Has it reboot, upon which xl makes it anew, with another domid, and waits until it takes
   * commands. @throws CommandError when it is not made; EnvironmentError when it does not answer.
   */
  async reboot(budgetMs = 120_000): Promise<void> {
    await this.post('reboot -f');
    const script =
      'until domid=$(xl domid "$0" 2> /dev/null) && [ "$domid" != "$1" ]; ' +
      'do usleep 200000; done; echo "$domid"';
    const argv = ['sh', '-c', script, this.name, String(this.#domid)];
    this.#domid = Number(await this.#parts.dom0.output(argv, { timeoutMs: budgetMs }));
    this.#asked = 0;
    this.#parts.rebooted(this);
    await awaitLinux(this, budgetMs);
  }

  /** `xl destroy`: ends it without asking it. Idempotent. */
  async destroy(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await this.#parts.destroyed(this);
  }

  /** What it says on its console, in dom0. */
  get #log(): string {
    return `/var/log/xen/console/guest-${this.name}.log`;
  }

  async #silent(command: string, ms: number, asked: CommandResult): Promise<EnvironmentError> {
    const log = this.#log;
    const said = await this.#parts.dom0.run(['tail', '-n', '20', log]);
    return new EnvironmentError({
      who: this.#parts.who,
      what: `did not answer \`${command}\` within ${ms} ms`,
      lastSeen: `${asked.stderr}${said.stdout}${said.stderr}`.trim(),
      where: `${log} in dom0`,
      remedy: 'see whether its console ends with a panic, or where its init stopped',
    });
  }
}

/** Waits until a Linux domain takes commands. */
export async function awaitLinux(domain: LinuxDomain, budgetMs: number): Promise<void> {
  await domain.output('true', { timeoutMs: budgetMs });
}
