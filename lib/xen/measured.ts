// SPDX-License-Identifier: Apache-2.0
import type { MemoryType, Shareability, Stage2Access } from '../memory/stage2-attributes.ts';
import { describeAttributes } from './describe-stage2.ts';
import type { PartyMapping, Share } from './mechanisms.ts';

/** What a party was found to have mapped, in words. */
export interface Measured extends Share {
  /** As {@link describeMapping} gives it. */
  readonly mapped: string;
}

/** `mmio_direct_dev: device-nGnRE, outer shareable, rw, no execute`; `not mapped`. */
export function describeMapping(mapping: PartyMapping | undefined): string {
  return mapping === undefined ? 'not mapped' : `${mapping.type}: ${describeAttributes(mapping)}`;
}

/** One line that says how a party has its memory mapped. */
export function printMeasured(
  { mechanism, party }: Share,
  mapping: PartyMapping | undefined,
): string {
  return `${mechanism} | ${party} | ${describeMapping(mapping)}`;
}

/** Reads what {@link printMeasured} prints; undefined for anything else. */
export function parseMeasured(text: string): Measured | undefined {
  const [mechanism, party, mapped, ...rest] = text.split(' | ');
  if (mechanism === undefined || party === undefined || mapped === undefined) return undefined;
  return rest.length > 0 ? undefined : { mechanism, party, mapped };
}

const mappingForm =
  /^(.+): ([\w-]+), (?:(non)-|(inner|outer|reserved) )shareable, (none|ro|wo|rw), (no )?execute$/i;

/** Reads what {@link describeMapping} prints; undefined for `not mapped` and anything else. */
export function parseMapping(text: string): PartyMapping | undefined {
  const match = mappingForm.exec(text);
  if (match === null) return undefined;
  const [, type = '', memory, non, shareability, access, never] = match;
  return {
    type,
    memory: memory as MemoryType,
    shareability: non === undefined ? (shareability as Shareability) : 'none',
    access: access as Stage2Access,
    execute: never === undefined,
  };
}
