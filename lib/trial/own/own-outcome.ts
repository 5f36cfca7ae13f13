// SPDX-License-Identifier: Apache-2.0
import type { TrialOptions } from '../options.ts';
import type { TrialSystem } from '../subject.ts';
import type { TrialOutcome } from '../verdict.ts';
import type { ImportedFiles } from '../../import/imported-files.ts';
import type { OwnFile } from './own-files.ts';
import type { ExpectedLine, HeardLine } from './voice.ts';

/** A configuration with the files that it names. */
export interface OwnSubject {
  readonly system: TrialSystem;
  /** All that was read beside it: boot scripts tell which file lies where. */
  readonly files: Pick<ImportedFiles, 'scripts' | 'imageBuilders'>;
  /** Where its files are looked for. */
  readonly directory: string;
}

/** What a trial of the user's own kernels needs. */
export interface OwnOptions extends TrialOptions {
  /** Lines that prove that a domain is up. */
  readonly expected: readonly ExpectedLine[];
  /** How long all domains may take to say them, from the end of Xen's own boot. In milliseconds. */
  readonly withinMs: number;
}

/**
 * What is known of a domain from outside. `runs`: Xen has it, and nothing ended it. `ended`: it ended
 * itself, as by powering off or by telling Xen that it crashed. `crashed`: Xen ended it. `panicked`: its Linux says so. `absent`: it was
 * not created. `unknown`: Xen did not answer.
 */
export type DomainState = 'runs' | 'ended' | 'crashed' | 'panicked' | 'absent' | 'unknown';

/** What came of a domain with the user's kernel in it. */
export interface DomainFacts {
  readonly name: string;
  /** Undefined where it was not created. */
  readonly domid: number | undefined;
  readonly state: DomainState;
  /** The line that tells why it does not run. */
  readonly why?: string | undefined;
  readonly files: readonly OwnFile[];
  /** Lines that its consoles said. */
  readonly lines: number;
  readonly lastLine: string | undefined;
  /** Why it cannot be heard, if it cannot. */
  readonly mute?: string | undefined;
  readonly expected: readonly HeardLine[];
}

/** What came of a configuration with the user's own kernels. */
export interface OwnOutcome extends TrialOutcome {
  readonly domains: readonly DomainFacts[];
  /** Whether the board shows its stage-2 tables. */
  readonly shown: boolean;
}
