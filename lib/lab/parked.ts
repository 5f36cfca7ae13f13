// SPDX-License-Identifier: Apache-2.0
import type { LabBoard } from './lab.ts';

/** Today as `until` is written, by this machine's time zone. */
function today(now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 10);
}

/** Whether the board is not to be used: up to and with the last day of its parking. */
export function isParked({ parked }: LabBoard, now = new Date()): boolean {
  return parked !== undefined && today(now) <= parked.until;
}

/** `is parked until 2026-12-24: PHY dead (https://...)`; undefined for a board that may be used. */
export function parkedState(board: LabBoard, now = new Date()): string | undefined {
  const { parked } = board;
  if (parked === undefined || !isParked(board, now)) return undefined;
  const issue = parked.issue === undefined ? '' : ` (${parked.issue})`;
  return `is parked until ${parked.until}: ${parked.reason}${issue}`;
}

/** {@link parkedState} with the board's name. */
export function parkedReason(board: LabBoard, now = new Date()): string | undefined {
  const state = parkedState(board, now);
  return state === undefined ? undefined : `${board.name} ${state}`;
}
