// SPDX-License-Identifier: Apache-2.0
import { formatTable } from './table.ts';
import { diagnose, type Finding } from './findings.ts';

const marks: Record<Finding['state'], string> = { ok: 'ok', note: 'note', fault: 'FAULT' };

function row({ what, found, needed, state, cure }: Finding): string[] {
  return [marks[state], what, found, needed, cure ?? ''];
}

/** Says what this machine has and lacks. Exit code 3 when it lacks something that is needed. */
export async function doctor(): Promise<void> {
  const findings = await diagnose();
  const heading = ['state', 'what', 'found', 'needed', 'to do'];
  process.stdout.write(formatTable([heading, ...findings.map(row)]));
  const faults = findings.filter(({ state }) => state === 'fault');
  if (faults.length === 0) {
    process.stdout.write('\nAll that is needed is there.\n');
    return;
  }
  const cures = [...new Set(faults.map(({ cure }) => cure).filter((cure) => cure !== undefined))];
  process.stdout.write(`\n${faults.length} of ${findings.length} are missing. To do:\n`);
  for (const cure of cures) process.stdout.write(`  ${cure}\n`);
  process.exitCode = 3;
}
