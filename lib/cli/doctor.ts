// SPDX-License-Identifier: Apache-2.0
import { findTool } from '../host/tools.ts';
import { installCommand } from '../images/doctor.ts';
import { diagnose, type Finding } from './findings.ts';
import { formatTable } from './table.ts';

const marks: Record<Finding['state'], string> = { ok: 'ok', note: 'note', fault: 'FAULT' };

function row({ what, found, needed, state, cure, packages }: Finding): string[] {
  const missing = packages === undefined ? undefined : `install ${packages.join(' ')}`;
  return [marks[state], what, found, needed, state === 'ok' ? '' : (cure ?? missing ?? '')];
}

/** What to do about all faults together: packages are installed with one command. */
function cures(faults: readonly Finding[]): string[] {
  const packages = [...new Set(faults.flatMap((finding) => finding.packages ?? []))];
  const others = faults.map(({ cure }) => cure).filter((cure) => cure !== undefined);
  const install =
    findTool('apt-get') === undefined
      ? `put on PATH what Debian has in: ${packages.join(' ')}`
      : `as root: ${installCommand(packages)}`;
  return [...(packages.length > 0 ? [install] : []), ...new Set(others)];
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
  const verb = faults.length === 1 ? 'is' : 'are';
  process.stdout.write(`\n${faults.length} of ${findings.length} ${verb} missing. To do:\n`);
  for (const cure of cures(faults)) process.stdout.write(`  ${cure}\n`);
  process.exitCode = 3;
}
