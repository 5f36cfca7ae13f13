// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** A clock that all processes of a machine share, and that nobody sets. */
export interface BootClock {
  /** Another one after each boot of the machine. */
  readonly boot: () => string;
  /** Milliseconds since the machine booted, time asleep included. */
  readonly nowMs: () => number;
}

/** The machine's own: random/boot_id of proc(5), and CLOCK_BOOTTIME. */
export const bootClock: BootClock = {
  boot: () => {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      return 'unknown';
    }
  },
  nowMs: () => uptime() * 1000,
};
