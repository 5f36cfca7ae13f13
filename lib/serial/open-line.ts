// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import { lineName, type LineSpec, type SerialLine } from './serial-line.ts';

/**
 * Opens the line of `who`'s console. One that is `transient` may be missing: it is then `gone`
 * until it comes.
 * @throws EnvironmentError when it is missing, held by another process, or may not be opened.
 */
export function openLine(who: string, spec: LineSpec, deadline: Deadline): Promise<SerialLine> {
  deadline.leftMs.toFixed();
  return Promise.reject(new EnvironmentError({ who, what: `no line ${lineName(spec)}` }));
}
