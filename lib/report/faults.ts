// SPDX-License-Identifier: Apache-2.0
/** Whose fault an error is, from the text that Playwright hands to its reporters. */
import type { ErrorResult, Outcome, ReportedFault } from './model.ts';

/**
 * Faults by the name of the class. Playwright's workers hand over text, so a subclass of
 * {@link SubjectError} and its like is known by its name only: it has to stand here.
 */
const faultByName: ReadonlyMap<string, ReportedFault> = new Map([
  ['AssertionError', 'assertion'],
  ['SubjectError', 'subject'],
  ['DataAbortError', 'subject'],
  ['GrantError', 'subject'],
  ['NoAnswerError', 'subject'],
  ['CommandError', 'subject'],
  ['NotToBeHadError', 'environment'],
  ['MisuseError', 'misuse'],
  ['BlobError', 'misuse'],
  ['SourceError', 'misuse'],
  ['EnvironmentError', 'environment'],
  ['WrongBoardError', 'environment'],
  ['BoardFault', 'environment'],
  ['HostFault', 'environment'],
  ['BoardLost', 'environment'],
  ['MissingLine', 'environment'],
  ['HeldLine', 'environment'],
  ['BlockedError', 'blocked'],
  ['SshError', 'environment'],
  ['UnwrittenError', 'environment'],
  ['Interrupted', 'environment'],
]);

/** What of an error tells its fault. */
type Told = Pick<ErrorResult, 'name' | 'message'>;

/** Splits `Name: message`, the form in which Playwright hands over what was thrown. */
export function splitName(text: string): Told {
  const match = /^([A-Za-z_$][\w$]*): /.exec(text);
  if (match?.[1] === undefined) return { name: 'Error', message: text };
  return { name: match[1], message: text.slice(match[0].length) };
}

/**
 * A matcher's verdict, the line that begins with `expect(`: the first, or, with a message of the
 * author's own as in `expect(page, 'after the reset')`, the first after that message.
 */
function verdictOf(message: string): string | undefined {
  return /^expect\(.*/.exec(message)?.[0] ?? /\n\n(expect\(.*)/.exec(message)?.[1];
}

/** Whose fault the error is; undefined when nothing tells, as with a time-out or a TypeError. */
export function faultOf(error: Told): ReportedFault | undefined {
  const known = faultByName.get(error.name);
  if (known !== undefined) return known;
  return error.name === 'Error' && verdictOf(error.message) !== undefined ? 'assertion' : undefined;
}

/** The type that JUnit gets: `expect.toHold` for a matcher, else the name of the class. */
export function typeOf(error: ErrorResult): string {
  if (error.fault !== 'assertion') return error.name;
  const matcher = /\)(?:\.\w+)?\.(to[A-Z]\w*)\(/.exec(verdictOf(error.message) ?? '')?.[1];
  return matcher === undefined ? error.name : `expect.${matcher}`;
}

/**
 * The error that decides: the first whose fault is known, since later ones often follow from it;
 * a time-out, which tells nothing, gives way to what was found while cleaning up after it.
 */
export function decidingError(errors: readonly ErrorResult[]): ErrorResult | undefined {
  return errors.find((error) => error.fault !== undefined) ?? errors[0];
}

/** Whether JUnit and the summary call it a failure (the subject's) and not an error. */
export function isFailure(fault: ReportedFault | undefined): boolean {
  return fault === 'assertion' || fault === 'subject';
}

/** Whether nothing was proved, for or against: skipped, blocked or not run. */
export function isSkip(outcome: Outcome): boolean {
  return outcome === 'skipped' || outcome === 'blocked' || outcome === 'not-run';
}

/** The first line of an error's message; behind an author's own words, the matcher's verdict. */
export function headlineOf({ message }: ErrorResult): string {
  const [first = ''] = message.split('\n', 1);
  const verdict = verdictOf(message);
  return verdict === undefined || verdict === first ? first : `${first}: ${verdict}`;
}
