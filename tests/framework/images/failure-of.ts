// SPDX-License-Identifier: Apache-2.0
import { CrosspageError, messageOf } from '../../../lib/support/errors.ts';

/** The error that `work` fails with, which has to be one of Crosspage's own. */
export async function failureOf(work: () => unknown): Promise<CrosspageError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CrosspageError) return error;
    throw new Error(`expected an error of Crosspage, got: ${messageOf(error)}`, { cause: error });
  }
  throw new Error('expected a failure');
}
