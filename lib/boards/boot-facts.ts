// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeEvidence } from '../host/evidence-files.ts';

/** Versions and hashes of what is booted, by name. */
export type BootFacts = Readonly<Record<string, string>>;

/** The file of the evidence that says what was booted, if it came up or not. */
export const bootFactsFile = 'booted.json';

/** Notes what is about to boot. @throws EnvironmentError when the disk does not take it. */
export async function writeBootFacts(evidence: string, facts: BootFacts): Promise<void> {
  const text = `${JSON.stringify(facts, undefined, 2)}\n`;
  await writeEvidence(join(evidence, bootFactsFile), text);
}

/** What was noted in `evidence`; nothing where no boot came so far, or its note is torn. */
export function readBootFacts(evidence: string): BootFacts {
  try {
    return JSON.parse(readFileSync(join(evidence, bootFactsFile), 'utf8')) as BootFacts;
  } catch {
    return {};
  }
}
