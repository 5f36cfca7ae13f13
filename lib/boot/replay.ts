// SPDX-License-Identifier: Apache-2.0
import type { CaptureContent } from '../console/capture.ts';
import { Console } from '../console/console.ts';
import { Transcript, type TranscriptFiles } from '../console/transcript.ts';
import { readRecord } from '../probe/records.ts';
import { CrosspageError } from '../support/errors.ts';
import { type BootProgram, findBootBanner, findWarning } from '../xen/boot-banners.ts';
import { type BootVerdict, judgeBoot } from '../xen/boot-outcome.ts';
import { type DeathKind, findDeath, parseConsoleLine } from '../xen/console-lines.ts';
import { findDom0Stage } from '../xen/dom0-stages.ts';

/** What a line of a console is, beyond its text. */
export type ReplayEvent = { readonly line: number; readonly atMs: number } & (
  | { readonly kind: 'started'; readonly program: BootProgram }
  | { readonly kind: 'death'; readonly death: DeathKind; readonly fatal: boolean }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'dom0-stage'; readonly stage: string }
  | { readonly kind: 'record'; readonly text: string }
  | { readonly kind: 'lost-record'; readonly text: string }
);

/** What a capture comes to when it is fed through the pipeline again. */
export interface Replay {
  readonly who: string;
  readonly lines: number;
  readonly events: readonly ReplayEvent[];
  /** First line of the error that ended the run, if one did; its story is in `error`. */
  readonly end: string | undefined;
  readonly error: Error | undefined;
  /** How Xen's own words judge a run that died; undefined where nothing did. */
  readonly verdict: BootVerdict | undefined;
  /** Whether the capture's last record was torn. */
  readonly cut: boolean;
}

function eventsOf(line: { number: number; atMs: number; text: string }): ReplayEvent[] {
  const at = { line: line.number, atMs: line.atMs };
  const events: ReplayEvent[] = [];
  const program = findBootBanner(line.text);
  if (program !== undefined) events.push({ ...at, kind: 'started', program });
  const death = findDeath(line.text);
  if (death !== undefined)
    events.push({ ...at, kind: 'death', death: death.kind, fatal: death.fatal });
  const warning = findWarning(line.text);
  if (warning !== undefined) events.push({ ...at, kind: 'warning', text: warning });
  const stage = findDom0Stage(line.text);
  if (stage !== undefined) events.push({ ...at, kind: 'dom0-stage', stage: stage.stage });
  const { text } = parseConsoleLine(line.text);
  const reading = readRecord(text);
  if (reading.is === 'record') events.push({ ...at, kind: 'record', text });
  else if (reading.is === 'damaged') events.push({ ...at, kind: 'lost-record', text });
  return events;
}

/**
 * Feeds a capture through the pipeline that live consoles have: lines, banners, deaths, resets,
 * records. `pieces` cuts what came into pieces of these sizes instead of those that came.
 */
export async function replay(
  capture: CaptureContent,
  files: TranscriptFiles,
  pieces?: readonly number[],
): Promise<Replay> {
  let nowMs = 0;
  const transcript = new Transcript(files, () => nowMs);
  let feed: (chunk: Uint8Array) => void = () => undefined;
  const onData = (listener: typeof feed): void => {
    feed = listener;
  };
  const console = new Console(capture.who, { onData, write: () => undefined }, transcript);
  // A board's own boot begins with power; a machine that has no such mark is started with its console.
  const powered = capture.records.some((one) => 'mark' in one && one.mark.kind === 'epoch');
  if (powered) console.disregard();
  const events: ReplayEvent[] = [];
  transcript.onLine((line) => events.push(...eventsOf(line)));
  let piece = 0;
  for (const record of capture.records) {
    nowMs = record.atMs;
    if ('mark' in record) {
      if (record.mark.kind === 'epoch') console.beginEpoch();
      else console.expectReset(record.mark.windowMs);
    } else if (record.from === 'board') {
      const { bytes } = record;
      for (let from = 0; from < bytes.length;) {
        const size = pieces?.[piece++ % pieces.length] ?? bytes.length;
        feed(bytes.subarray(from, from + size));
        from += size;
      }
    }
  }
  await console.close();
  const error = console.fate.error;
  const lines = console.lines.map(({ text }) => text);
  return {
    who: capture.who,
    lines: transcript.lines.length,
    events,
    end: error instanceof CrosspageError ? error.message.split('\n')[0] : error?.message,
    error,
    verdict:
      error === undefined ? undefined : judgeBoot({ lines, bytes: transcript.bytes, ended: true }),
    cut: capture.cut,
  };
}
