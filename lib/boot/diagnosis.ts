// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { RunningMachine, StoppedProcessor } from '../boards/board.ts';
import { writeEvidence } from '../host/evidence-files.ts';
import type { Range } from '../memory/ranges.ts';
import type { Stage2Map } from '../memory/stage2-map.ts';
import { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import { describeMaps } from '../xen/describe-stage2.ts';
import { findDifferences } from '../xen/stage2-differences.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { askXen } from './debug-keys.ts';
import type { Stage2Reader } from './stage2-reader.ts';

/** What is to be diagnosed, and where the findings go. */
export interface Patient {
  readonly machine: RunningMachine;
  readonly plan: SystemPlan;
  readonly stage2: Stage2Reader;
  /** Host ranges that Xen gives to every domain. */
  readonly commonDevices: readonly Range[];
  /** Directory for `stage2.txt` and `processors.txt`. */
  readonly evidence: string;
}

/** How long each question may take: the test has failed already, its time may be over. */
const patienceMs = 3000;

const general = Array.from({ length: 31 }, (_unused, index) => `X${index}`);
const registers = [
  ...['PC', 'CPSR', 'SP', ...general],
  ...['HCR_EL2', 'VTTBR_EL2', 'VTCR_EL2', 'ESR_EL2', 'FAR_EL2', 'HPFAR_EL2', 'ELR_EL2', 'SPSR_EL2'],
  ...['SCTLR_EL1', 'TTBR0_EL1', 'TCR_EL1', 'MAIR_EL1', 'VBAR_EL1'],
  ...['ESR_EL1', 'FAR_EL1', 'ELR_EL1', 'SPSR_EL1'],
];

/**
 * Asks a machine on which something failed for its state, while it still runs: Xen's own account
 * by debug keys into the console's file, what each domain has mapped into `stage2.txt`, the
 * processors' registers into `processors.txt`. Never fails: what cannot be had is said there.
 * Returns how what is mapped differs from what was planned.
 */
export async function diagnose(patient: Patient): Promise<readonly string[]> {
  if (patient.machine.fate.error !== undefined) return [];
  await askXen(patient.machine, patienceMs);
  if (patient.machine.processors === undefined) return [];
  const processors = await describeProcessors(patient);
  const { text, differences } = await describeDomains(patient);
  const texts = { 'processors.txt': processors, 'stage2.txt': text };
  // A full disk must not hide what failed: it is told of when the system is taken down.
  for (const [name, text] of Object.entries(texts))
    await writeEvidence(join(patient.evidence, name), text).catch(() => undefined);
  return differences;
}

async function describeDomains({
  plan,
  stage2,
  commonDevices,
}: Patient): Promise<{ text: string; differences: readonly string[] }> {
  const maps = new Map<string, Stage2Map>();
  const faults: string[] = [];
  // One by one: a domain that has ended must not hide the others.
  for (const { name } of plan.domains) {
    try {
      const found = await stage2.maps([name], Deadline.after(patienceMs));
      for (const [domain, map] of found) maps.set(domain, map);
    } catch (error) {
      faults.push(`domain ${name}\n  ${messageOf(error).replaceAll('\n', '\n  ')}\n`);
    }
  }
  const differences = findDifferences(plan, maps, commonDevices);
  const heading = differences.length === 0 ? [] : ['not as planned', ...differences, ''];
  return { text: [...heading, describeMaps(maps), ...faults].join('\n'), differences };
}

async function describeProcessors({ machine }: Patient): Promise<string> {
  try {
    const texts = await machine.processors?.whileStopped(
      Deadline.after(patienceMs),
      async (cpus) => {
        const all: string[] = [];
        for (const cpu of cpus) all.push(await describeProcessor(cpu));
        return all;
      },
    );
    return texts?.join('\n') ?? '';
  } catch (error) {
    return `${messageOf(error)}\n`;
  }
}

async function describeProcessor(cpu: StoppedProcessor): Promise<string> {
  const cells: string[] = [];
  for (const name of registers) {
    const value = await cpu.register(name).then(
      (found) => hex(found, 16),
      () => 'not to be had    ',
    );
    cells.push(`${name.padEnd(10)}${value}`);
  }
  const lines: string[] = [cpu.name];
  for (let at = 0; at < cells.length; at += 3)
    lines.push(`  ${cells.slice(at, at + 3).join('  ')}`);
  return `${lines.join('\n')}\n`;
}
