// SPDX-License-Identifier: Apache-2.0
import type { CommandResult } from '../boards/ssh-errors.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { factsOf } from '../probe/page-facts.ts';
import type { Stage2Source } from '../probe/stage2-source.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import type { PlannedDomain } from '../xen/plan.ts';
import { LinuxMemory } from './linux-memory.ts';

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

/**
 * Asks for `$2` in the domain `$1`, and prints the reply with its number `$3`, for which it waits
 * `$4` seconds. A domain that is gone is not asked: XenStore would make its path anew. The watch
 * begins before the request, so that no reply is missed; nothing is polled, as the domain needs the
 * processors. What goes through XenStore goes as it is (-R). images/domu/root/init is the other end.
 */
const ask =
  'data=/local/domain/$1/data; xenstore-exists /local/domain/$1 || ' +
  '{ echo "there is no domain $1 any more" >&2; exit; }; ' +
  'events=$(mktemp -u) && mkfifo $events || exit; ' +
  'xenstore-watch $data/reply > $events & watch=$!; exec 3< $events; rm $events; ' +
  'xenstore-write -R $data/request "$3 $2"; ' +
  'while read -r -t $4 _ <&3; do reply=$(xenstore-read -R $data/reply 2> /dev/null); ' +
  '[ "${reply%% *}" != "$3" ] || { printf "%s" "$reply"; break; }; done; kill $watch';

/** `NUMBER CODE OUTPUT`. */
function readReply(text: string): { code: number; output: string } | undefined {
  const match = /^\d+ (\d+) ?(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, code, output = ''] = match;
  return { code: Number(code), output };
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
    if (facts !== undefined) return new LinuxMemory(facts, { who, where: () => this.#log, stage2 });
    throw new MisuseError({
      who,
      what: `does not map ${region}`,
      remedy: `it maps: ${shared.map(({ name }) => name).join(', ') || 'nothing'}`,
    });
  }

  /**
   * What a shell command line prints, both outputs together, without its last newlines; at most
   * about 4000 bytes.
   * @throws SubjectError when it does not succeed, or the domain does not answer; MisuseError when
   * the domain was destroyed.
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

  get #log(): string {
    return `/var/log/xen/console/guest-${this.name}.log`;
  }

  /** `xl destroy`: ends it without asking it. Idempotent. */
  async destroy(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await this.#parts.destroyed(this);
  }

  async #silent(command: string, ms: number, asked: CommandResult): Promise<SubjectError> {
    const log = this.#log;
    const said = await this.#parts.dom0.run(['tail', '-n', '20', log]);
    return new SubjectError({
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
