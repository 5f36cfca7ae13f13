// SPDX-License-Identifier: Apache-2.0

/** Whose fault an error is; decides the JUnit element, the exit code and what a bisection does. */
export type Fault = 'misuse' | 'environment' | 'subject';

/** What every error of Crosspage tells, in the order in which it is printed. */
export interface ErrorStory {
  /** Who failed: a board, a domain, an image, a file. */
  readonly who: string;
  /** What was wanted of it, and what came instead. One line. */
  readonly what: string;
  /** How far it came: stages with their times, bytes, packages. */
  readonly reached?: string | undefined;
  /** What was found mapped, or not, that the plan says otherwise; one a line. */
  readonly notAsPlanned?: string | undefined;
  /** What was seen last: console lines, a tool's last words. */
  readonly lastSeen?: string | undefined;
  /** Where to look: a file and line, a directory. */
  readonly where?: string | undefined;
  /** What to do next. */
  readonly remedy?: string | undefined;
  /** What else went wrong, in the words of that error: as what had failed was ended, or before it. */
  readonly besides?: string | undefined;
}

function tell(story: ErrorStory): string {
  const rows: [string, string | undefined][] = [
    ['reached', story.reached],
    ['not as planned', story.notAsPlanned],
    ['last seen', story.lastSeen],
    ['look at', story.where],
    ['to do', story.remedy],
    ['besides', story.besides],
  ];
  const lines = [`${story.who}: ${story.what}`];
  for (const [label, text] of rows) {
    if (text === undefined) continue;
    const [first = '', ...rest] = text.split('\n');
    lines.push(`  ${label}: ${first}`, ...rest.map((line) => `    ${line}`));
  }
  return lines.join('\n');
}

/** The root of all errors that Crosspage throws on purpose. */
export abstract class CrosspageError extends Error {
  abstract readonly fault: Fault;
  #story: ErrorStory;

  constructor(story: ErrorStory, options?: ErrorOptions) {
    super(tell(story), options);
    this.#story = story;
    this.name = new.target.name;
  }

  get story(): ErrorStory {
    return this.#story;
  }

  /** Tells of another error too. What failed, and whose fault that is, stay as they are. */
  addBesides(other: unknown): void {
    const before = this.message;
    this.#story = { ...this.#story, besides: messageOf(other) };
    this.message = tell(this.#story);
    if (this.stack !== undefined) this.stack = this.stack.replace(before, () => this.message);
  }
}

/** Our caller's fault: an unknown domain, a bad specification, an unknown key in a file. */
export class MisuseError extends CrosspageError {
  override readonly fault = 'misuse';
}

/** The lab's or the host's fault: a missing tool or image, a port that is gone, a full disk. */
export class EnvironmentError extends CrosspageError {
  override readonly fault = 'environment';
}

/**
 * The test could not be tried at all: its board is held by another, parked, or not trusted since an
 * earlier fault of the lab, which is told where it happened.
 */
export class BlockedError extends EnvironmentError {}

/** Xen's, the firmware's or the board's fault, while nothing was being asserted. */
export class SubjectError extends CrosspageError {
  override readonly fault = 'subject';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `error`, told with `other` where it can be: whose fault it is stays as it is. */
export function withBesides(error: unknown, other: unknown): unknown {
  if (!(error instanceof CrosspageError))
    return new AggregateError([error, other], `${messageOf(error)}\n${messageOf(other)}`);
  error.addBesides(other);
  return error;
}

/**
 * Ends what `error` has left behind. What fails then does not take its place: it is told with it.
 * Returns what is to be thrown.
 */
export async function endAfter(error: unknown, end: () => Promise<void>): Promise<unknown> {
  return end().then(
    () => error,
    (ending: unknown) => withBesides(error, ending),
  );
}
