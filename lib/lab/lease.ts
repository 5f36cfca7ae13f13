// SPDX-License-Identifier: Apache-2.0
import { hostname, userInfo } from 'node:os';
import { randomUUID } from 'node:crypto';
import { type BootClock, bootClock } from '../host/boot-clock.ts';
import { type ProcessIdentity, standingOf } from '../host/process-identity.ts';

/** Who holds a board, since when, for what. */
export interface LeaseRecord {
  readonly id: string;
  readonly user: string;
  readonly host: string;
  /** What it is held for: `npm test`, `bring-up of the new PHY`. */
  readonly purpose: string;
  /** Times of day, in milliseconds, for people and for other machines. */
  readonly sinceMs: number;
  readonly expiresMs: number;
  /** The same end by the clock of this boot of this machine, which nobody sets. */
  readonly boot: string;
  readonly expiresBootMs: number;
  /** The process that holds it; none for a person's reservation, which lasts until it expires. */
  readonly process?: ProcessIdentity;
  /** Socket of the board's station, from which the holder's own user may watch its consoles. */
  readonly station?: string;
  /** The person's reservation within which a run of the same person holds it. */
  readonly within?: LeaseRecord;
}

/** What is asked of a lease. */
export interface LeaseRequest {
  readonly purpose: string;
  readonly durationMs: number;
  /** Undefined for a person's reservation. */
  readonly process: ProcessIdentity | undefined;
  readonly within?: LeaseRecord | undefined;
  readonly station?: string | undefined;
}

/** The user's name, or the number where there is no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

export function makeLease(request: LeaseRequest, clock: BootClock = bootClock): LeaseRecord {
  return {
    id: randomUUID(),
    user: userName(),
    host: hostname(),
    purpose: request.purpose,
    sinceMs: Date.now(),
    ...endAfter(request.durationMs, clock),
    ...(request.process && { process: request.process }),
    ...(request.within && { within: request.within }),
    ...(request.station !== undefined && { station: request.station }),
  };
}

/** The end of a lease that lasts so long from now. */
export function endAfter(
  durationMs: number,
  clock: BootClock = bootClock,
): Pick<LeaseRecord, 'expiresMs' | 'boot' | 'expiresBootMs'> {
  return {
    expiresMs: Date.now() + durationMs,
    boot: clock.boot(),
    expiresBootMs: clock.nowMs() + durationMs,
  };
}

function isExpired(record: LeaseRecord, clock: BootClock): boolean {
  const sameBoot = record.host === hostname() && record.boot === clock.boot();
  return sameBoot ? clock.nowMs() >= record.expiresBootMs : Date.now() >= record.expiresMs;
}

/**
 * Who holds a board by its record: nobody once the holder's process is gone, or once a lease of
 * which nothing is known has expired. What a run held within a person's reservation goes back to
 * the person.
 */
export function holderBy(
  record: LeaseRecord | undefined,
  clock: BootClock = bootClock,
): LeaseRecord | undefined {
  if (record === undefined) return undefined;
  const standing = record.process === undefined ? 'unknown' : standingOf(record.process);
  if (standing === 'alive') return record;
  if (standing === 'unknown' && !isExpired(record, clock)) return record;
  return holderBy(record.within, clock);
}

/** Whether a run of this user may use a board that is held like this. */
export function mayUseWithin(holder: LeaseRecord): boolean {
  return holder.process === undefined && holder.user === userName() && holder.host === hostname();
}

const clockTime = (ms: number): string => {
  const iso = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
};

/** `ana since 2026-11-25 14:02, for npm test (process 4242)`. */
export function describeHolder(record: LeaseRecord): string {
  const where = record.host === hostname() ? '' : ` on ${record.host}`;
  const how =
    record.process === undefined
      ? `until ${clockTime(record.expiresMs)}`
      : `process ${record.process.pid}`;
  return `${record.user}${where} since ${clockTime(record.sinceMs)}, for ${record.purpose} (${how})`;
}
