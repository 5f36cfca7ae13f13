// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Replay, replay as replayCapture, type ReplayEvent } from '../boot/replay.ts';
import { readCapture } from '../console/capture.ts';

function describe(event: ReplayEvent): string {
  switch (event.kind) {
    case 'started':
      return `${event.program} started`;
    case 'death':
      return `death: ${event.death}${event.fatal ? '' : ' (of a domain)'}`;
    case 'dom0-stage':
      return `dom0: ${event.stage}`;
    default:
      return `${event.kind}: ${event.text}`;
  }
}

function print({ who, lines, events, error, verdict, cut }: Replay): void {
  const rows = events.map(
    (event) =>
      `+${(event.atMs / 1000).toFixed(3)}  line ${String(event.line).padStart(5)}  ${describe(event)}`,
  );
  const verdictText = verdict === undefined ? 'nothing died' : `${verdict.kind} ${verdict.text}`;
  rows.push(`${who}: ${lines} lines${cut ? ', the last record torn' : ''}; ${verdictText.trim()}`);
  process.stdout.write(`${rows.join('\n')}\n`);
  if (error !== undefined) throw error;
}

/** Feeds a capture through the pipeline again, with no board; fails as the run did. */
export async function replay(file: string): Promise<void> {
  const capture = readCapture(file);
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-replay-'));
  try {
    const files = { raw: join(directory, 'console.raw'), lines: join(directory, 'console.log') };
    print(await replayCapture(capture, files));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
