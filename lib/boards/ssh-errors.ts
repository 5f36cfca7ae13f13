// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError, type ErrorStory, SubjectError } from '../support/errors.ts';

/** In which way an SSH session failed. */
export type SshFailure =
  /** Nothing takes connections there. */
  | 'port-closed'
  /** It was connected, but the server did not say so, or not SSH. */
  | 'no-handshake'
  /** The server showed another key than the one that was handed to it. */
  | 'host-key'
  /** The server does not take the user's key. */
  | 'authentication'
  /** The server did not open a channel in time, or refused. */
  | 'channel'
  /** The connection ended while something was under way. */
  | 'connection-died'
  /** A command or a transfer was not done by its deadline. */
  | 'late'
  /** A file could not be read or written on the other side. */
  | 'file';

/** An SSH session that failed: what was asked by it is not known to have been done. */
export class SshError extends EnvironmentError {
  readonly failure: SshFailure;

  constructor(failure: SshFailure, story: ErrorStory, options?: ErrorOptions) {
    super(story, options);
    this.failure = failure;
  }
}

/** How a command on the other side ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  /** The signal's name without SIG. */
  readonly signal: string | undefined;
}

/** A command that was to succeed and did not. */
export class CommandError extends SubjectError {
  readonly result: CommandResult;

  constructor(who: string, command: string, result: CommandResult) {
    const { code, signal, stdout, stderr } = result;
    const end = signal === undefined ? `exit code ${String(code)}` : `signal SIG${signal}`;
    const said = stderr.trim() === '' ? stdout : stderr;
    super({
      who,
      what: `\`${command}\` ended with ${end}`,
      lastSeen: said.trim() === '' ? 'nothing' : said.trim().split('\n').slice(-12).join('\n'),
    });
    this.result = result;
  }
}
