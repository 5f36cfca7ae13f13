// SPDX-License-Identifier: Apache-2.0
import type { OwnOptions, OwnOutcome, OwnSubject } from './own-outcome.ts';
import { runOwnTreeTrial } from './own-tree-trial.ts';
import { runOwnXlTrial } from './own-xl-trial.ts';

/**
 * Boots what a configuration describes with the user's own kernels, as they are, and says what can be
 * said from outside: that the boot reached its end, what became of each domain and what it said, and
 * what stage 2 has for each sharing. No guest is asked to put data through it.
 * @throws MisuseError for files that are not there and what no board can be given; EnvironmentError for
 * what the host or the board lacks.
 */
export async function runOwnTrial(subject: OwnSubject, options: OwnOptions): Promise<OwnOutcome> {
  const { host, domains } = subject.system;
  return host === undefined || domains.length > 0
    ? runOwnXlTrial(subject, options)
    : runOwnTreeTrial(host, subject, options);
}
