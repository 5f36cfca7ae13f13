// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BootClock } from '../host/boot-clock.ts';
import { makeStateDirectory, replaceFile } from '../host/state-directory.ts';
import type { PowerState } from './power-switch.ts';

/** What was done to a board's power last, by whichever process. */
interface OffRecord {
  /** `going-off` while it is not known whether the switch has switched. */
  readonly state: 'on' | 'off' | 'going-off';
  /** The boot of this machine, and the time since it, when the state was confirmed. */
  readonly boot: string;
  readonly atMs: number;
}

function isRecord(value: unknown): value is OffRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { state, boot, atMs } = value as Partial<OffRecord>;
  return (
    ['on', 'off', 'going-off'].includes(state ?? '') &&
    typeof boot === 'string' &&
    typeof atMs === 'number'
  );
}

/**
 * Remembers when a board was last turned off, across runs and processes. Time is counted from this
 * machine's boot: nobody sets that clock, so that no jump of the time of day shortens the wait.
 */
export class OffTime {
  readonly #path: string;
  readonly #clock: BootClock;

  constructor(path: string, clock: BootClock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Keeps what was done. @throws EnvironmentError when it cannot be kept. */
  note(state: OffRecord['state']): void {
    makeStateDirectory(dirname(this.#path));
    const record: OffRecord = { state, boot: this.#clock.boot(), atMs: this.#clock.nowMs() };
    replaceFile(this.#path, `${JSON.stringify(record)}\n`);
  }

  /** How much longer the board has to stay off, by what was done last and what is read back now. */
  leftMs(minOffMs: number, now: PowerState): number {
    if (now === 'on') return 0;
    const record = this.#read();
    if (record?.state === 'on' && now === 'unknown') return 0;
    // Since when it is off is not known: by hand, or by a process that was ended on the way.
    if (record?.state !== 'off') return minOffMs;
    const nowMs = this.#clock.nowMs();
    // It was off before this machine booted, if that was after.
    const since = record.boot === this.#clock.boot() ? nowMs - record.atMs : nowMs;
    return Math.min(minOffMs, Math.max(0, minOffMs - Math.max(0, since)));
  }

  #read(): OffRecord | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return isRecord(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
