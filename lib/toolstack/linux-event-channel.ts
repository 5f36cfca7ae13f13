// SPDX-License-Identifier: Apache-2.0
import type { CommandStream } from '../boards/ssh-connection.ts';
import type { Dom0 } from '../boot/dom0.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, SubjectError } from '../support/errors.ts';
import { dom0Name } from '../xen/dom0.ts';

/** Our program in dom0: images/linux/event-channel. */
const program = 'event-channel';

/** How long the program may take to start, to answer and to end. */
const answerMs = 10_000;

/**
 * dom0's end of a static event channel (docs/misc/arm/device-tree/booting.txt, Static Event Channel),
 * which a program in its Linux binds by /dev/xen/evtchn and has until this is disposed.
 */
export class LinuxEventChannel implements AsyncDisposable {
  readonly port: number;
  readonly #dom0: Dom0;
  /** The program once it has started, bound or not. */
  #started: CommandStream | undefined;
  #bound: Promise<CommandStream> | undefined;
  #heard = '';
  /** Told of the next line, or that there is none any more. */
  #next: ((line: string | undefined) => void) | undefined;
  #ended = false;

  constructor(dom0: Dom0, port: number) {
    this.#dom0 = dom0;
    this.port = port;
  }

  /** Signals the other end: IOCTL_EVTCHN_NOTIFY. @throws SubjectError when dom0 has no such port. */
  async notify(): Promise<void> {
    await this.#ask('notify');
  }

  /** Forgets what was signalled until now. @throws SubjectError when dom0 has no such port. */
  async clear(): Promise<void> {
    await this.#ask('clear');
  }

  /** Waits in dom0 until this end is signalled. @throws SubjectError when it is not within the time. */
  async wait(withinMs = 2000): Promise<void> {
    const answer = await this.#ask(`wait ${withinMs}`, withinMs);
    if (answer !== 'done')
      throw this.#fault(`port ${this.port} is not signalled within ${withinMs} ms`);
  }

  /** Gives the port back. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bound?.catch(() => undefined); // Whoever asked was told.
    const stream = this.#started;
    if (stream === undefined) return;
    stream.end();
    const late = (): Error =>
      new EnvironmentError({ who: dom0Name, what: `its ${program} does not end` });
    await Deadline.after(answerMs).bound(
      stream.ended.then(
        () => undefined,
        () => undefined, // With the connection the program has ended too.
      ),
      late,
    );
  }

  async #ask(request: string, withinMs = 0): Promise<string> {
    const stream = await (this.#bound ??= this.#bind());
    const answer = this.#line(withinMs + answerMs);
    stream.write(`${request}\n`);
    return answer;
  }

  async #bind(): Promise<CommandStream> {
    const argv = [program, String(this.port)];
    const stream = await this.#dom0.stream(argv, Deadline.after(answerMs));
    this.#started = stream;
    stream.onOutput((chunk) => {
      this.#hear(chunk.toString('latin1'));
    });
    const told = this.#line(answerMs);
    stream.ended.then(
      () => {
        this.#end();
      },
      () => {
        this.#end();
      },
    );
    const line = await told;
    if (line === 'bound') return stream;
    throw this.#fault(
      `${program} says ${JSON.stringify(line)}, and not that it has bound the port`,
    );
  }

  /** The next line. @throws SubjectError with the program's last words when it has ended. */
  async #line(withinMs: number): Promise<string> {
    if (this.#ended) throw await this.#why();
    const told = new Promise<string | undefined>((resolve) => {
      this.#next = resolve;
    });
    const late = (): Error => this.#fault(`${program} does not answer for ${withinMs} ms`);
    const line = await Deadline.after(withinMs).bound(told, late);
    if (line === undefined) throw await this.#why();
    return line;
  }

  #hear(text: string): void {
    const lines = (this.#heard + text).split('\n');
    this.#heard = lines.pop() ?? '';
    for (const line of lines) this.#next?.(line);
  }

  #end(): void {
    this.#ended = true;
    this.#next?.(undefined);
  }

  /** Why the program has ended. @throws what ended the connection under it. */
  async #why(): Promise<SubjectError> {
    const words = (await this.#started?.ended)?.stderr.trim() ?? '';
    return this.#fault(words === '' ? `${program} has ended` : words);
  }

  #fault(what: string): SubjectError {
    return new SubjectError({
      ...{ who: `${dom0Name}, event channel`, what },
      where: this.#dom0.machine.console.transcript.files.lines,
      remedy: 'is the node xen,evtchn-v1 in /chosen, and did Xen make the channel?',
    });
  }
}
