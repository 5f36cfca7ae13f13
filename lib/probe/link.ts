// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';

/** A probe gave no answer in time: what it was told it may still be doing. */
export class NoAnswerError extends SubjectError {}

/**
 * A way to bring a command to one domain's probe and its reply back: the text of the protocol is
 * the same on all of them.
 */
export interface ProbeLink {
  /**
   * Sends `text` to a vCPU's command loop and returns its reply.
   * Rejects with EnvironmentError or SubjectError when the deadline passes or the system dies.
   */
  request(vcpu: number, text: string, deadline: Deadline): Promise<string>;
  /** Sends a command that is not answered; settles once the probe has begun with it. */
  post(vcpu: number, text: string, deadline: Deadline): Promise<void>;
  /** Bytes of the probe's window, which the last reply spoke of. */
  window(length: number, deadline: Deadline): Promise<Buffer>;
}

/** One exchange, for the record of what the harness asked. */
export interface Exchange {
  readonly domain: string;
  readonly vcpu: number;
  readonly command: string;
  readonly reply: string | undefined;
  readonly tookMs: number;
}
