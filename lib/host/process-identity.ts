// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { bootClock } from './boot-clock.ts';

/** A process, told from every other one that ever had its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's clock ticks since boot. */
  readonly started: string;
  readonly host: string;
  readonly boot: string;
  /** Its PID namespace: in another container the same number is another process. */
  readonly namespace: string;
}

/** State and start of a process by proc_pid_stat(5); the name before them may hold spaces. */
function statOf(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'unknown';
  }
}

/** A process of this machine; undefined when there is none of that number. */
export function identify(pid: number = process.pid): ProcessIdentity | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  return {
    pid,
    started: stat.started,
    host: hostname(),
    boot: bootClock.boot(),
    namespace: namespaceOf(),
  };
}

/** Whether a number is that of a process, seen or not. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process still runs. `unknown` for one that cannot be seen from here. */
export function standingOf(identity: ProcessIdentity): 'alive' | 'gone' | 'unknown' {
  if (identity.host !== hostname()) return 'unknown';
  if (identity.boot !== bootClock.boot()) return 'gone';
  if (identity.namespace !== namespaceOf()) return 'unknown';
  if (!exists(identity.pid)) return 'gone';
  const stat = statOf(identity.pid);
  if (stat === undefined) return 'unknown';
  // A zombie is dead; only its parent has not asked yet.
  return stat.started === identity.started && !/[ZX]/.test(stat.state) ? 'alive' : 'gone';
}
