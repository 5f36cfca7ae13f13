// SPDX-License-Identifier: Apache-2.0
/** What the boots of a run took and lost, over all of a project's tests. */
import { median, percentile } from '../support/statistics.ts';
import { factKeys } from './annotations.ts';
import type { FactValues, TestResult } from './model.ts';

/** One boot as its tests tell of it: those that share one tell the same durations. */
interface Boot {
  readonly durations: readonly (readonly [string, number])[];
  records: Records;
}

/** Records of probes that came, and that were lost or damaged on the way. */
export interface Records {
  readonly received: number;
  readonly missing: number;
  readonly damaged: number;
}

/** How long boots took to a stage, from power-on. */
export interface Wait {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

function durationsOf(facts: FactValues): (readonly [string, number])[] {
  return Object.entries(facts).flatMap(([key, [value]]) => {
    const ms = Number(value);
    return key.endsWith('-ms') && Number.isFinite(ms) ? [[key, ms] as const] : [];
  });
}

function recordsOf(facts: FactValues): Records {
  const form = /^(\d+) received, (\d+) missing, (\d+) damaged$/;
  const [, received, missing, damaged] = form.exec(facts[factKeys.records]?.at(-1) ?? '') ?? [];
  return {
    received: Number(received ?? 0),
    missing: Number(missing ?? 0),
    damaged: Number(damaged ?? 0),
  };
}

/**
 * What a boot is known by. One that goes on in the next worker tells anew what comes after the firmware,
 * and the same of the firmware.
 */
function keyOf(durations: Boot['durations']): string {
  const firmware = durations.filter(([key]) => key.startsWith('board-stage-'));
  return JSON.stringify(firmware.length > 0 ? firmware : durations);
}

function bootsOf(tests: readonly TestResult[]): Boot[] {
  const boots = new Map<string, Boot>();
  for (const { attempts } of tests)
    for (const { facts } of attempts) {
      const durations = durationsOf(facts);
      if (durations.length === 0) continue;
      const key = keyOf(durations);
      const records = recordsOf(facts);
      const known = boots.get(key);
      // Of a boot that tests share, each tells how many there were until then.
      if (known === undefined) boots.set(key, { durations, records });
      else if (records.received > known.records.received) known.records = records;
    }
  return [...boots.values()];
}

/** For each duration that its boots tell, how often and how long; by its fact's key. */
export function waitsOf(tests: readonly TestResult[]): Record<string, Wait> {
  const values = new Map<string, number[]>();
  for (const { durations } of bootsOf(tests))
    for (const [key, ms] of durations) values.set(key, [...(values.get(key) ?? []), ms]);
  return Object.fromEntries(
    [...values].map(([key, all]) => [
      key,
      {
        count: all.length,
        medianMs: median(all),
        p95Ms: percentile(all, 0.95),
        maxMs: Math.max(...all),
      },
    ]),
  );
}

/** The records of all boots; undefined where no boot tells of any. */
export function lossOf(tests: readonly TestResult[]): Records | undefined {
  const all = bootsOf(tests).map(({ records }) => records);
  const sum = (key: keyof Records): number => all.reduce((so, records) => so + records[key], 0);
  const loss = { received: sum('received'), missing: sum('missing'), damaged: sum('damaged') };
  return loss.received + loss.missing + loss.damaged > 0 ? loss : undefined;
}
