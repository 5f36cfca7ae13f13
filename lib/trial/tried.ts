// SPDX-License-Identifier: Apache-2.0
import { messageOf, MisuseError, SubjectError } from '../support/errors.ts';
import type { TrialFault } from './verdict.ts';

/**
 * What a step that may fail says, as a fault; nothing where it does not.
 * @throws what is no fault of what is tried.
 */
export async function tried(assertion: string, step: () => Promise<void>): Promise<TrialFault[]> {
  try {
    await step();
    return [];
  } catch (error) {
    if (!(error instanceof SubjectError || error instanceof MisuseError)) throw error;
    const [message = ''] = messageOf(error).split('\n');
    return [{ assertion, message }];
  }
}
