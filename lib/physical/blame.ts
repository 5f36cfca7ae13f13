// SPDX-License-Identifier: Apache-2.0
import { HeldLine, MissingLine } from '../serial/reopening-line.ts';
import { BlockedError, EnvironmentError } from '../support/errors.ts';

/** A fault of the board, or of what leads to it alone: its line, its power, its transfers. */
export class BoardFault extends EnvironmentError {}

/** A fault of this machine or of the run, that says nothing about the board. */
export class HostFault extends EnvironmentError {}

/** The board is no longer this run's: another has it, or what held it for the run has ended. */
export class BoardLost extends HostFault {}

type Kind<T> = abstract new (...args: never[]) => T;

/** The first of an error and its causes that is of that class. */
export function findCause<T extends Error>(error: unknown, kind: Kind<T>): T | undefined {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof kind) return one;
  return undefined;
}

/**
 * Whether an error leaves it open if the board is well: then it has to be proved. What was wrong
 * with this machine, or with the run, does not.
 */
export function castsDoubtOnBoard(error: unknown): boolean {
  const elsewhere = [BlockedError, HostFault, HeldLine].some((kind) => findCause(error, kind));
  return !elsewhere && [BoardFault, MissingLine].some((kind) => findCause(error, kind));
}
