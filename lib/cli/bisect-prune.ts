// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os';
import { defaultBounds, prune } from '../bisect/keeping.ts';
import { MisuseError } from '../support/errors.ts';
import { formatBytes } from '../support/units.ts';
import { stateOf } from './kept-session.ts';
import { shownPath } from './run.ts';

export interface PruneArguments {
  readonly directory?: string;
  readonly maxSize?: string;
  readonly maxAge?: string;
  readonly unfinished?: boolean;
  readonly dryRun?: boolean;
}

const units: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  if (number !== '') return Number(number) * (units[unit] ?? 1);
  throw new MisuseError({
    who: `--max-size ${text}`,
    what: 'is no size',
    remedy: 'a number of bytes, or of KiB, MiB, GiB or TiB: --max-size 500MiB',
  });
}

function daysOf(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 24 * 60 * 60_000;
  throw new MisuseError({
    who: `--max-age ${text}`,
    what: 'is no number of days',
    remedy: 'for example: --max-age 30',
  });
}

/** Deletes what bisections have kept and nobody wants any more. */
export async function bisectPrune(options: PruneArguments): Promise<void> {
  const { maxSize, maxAge, unfinished = false, dryRun = false } = options;
  const {
    gone,
    keptBytes,
    unfinished: open,
  } = await prune(stateOf(options.directory), {
    maxBytes: maxSize === undefined ? defaultBounds.maxBytes : bytesOf(maxSize),
    maxAgeMs: maxAge === undefined ? defaultBounds.maxAgeMs : daysOf(maxAge),
    unfinished,
    dryRun,
    temporary: tmpdir(),
  });
  const verb = dryRun ? 'would delete' : 'deleted';
  const rows = [
    ...gone.map(({ path, bytes }) => `${verb} ${shownPath(path)} (${formatBytes(bytes)})`),
    ...open.map(
      ({ command, startedAt }) =>
        `kept for what goes on when it is given again: crosspage ${command} (begun ${startedAt.slice(0, 10)})`,
    ),
    `${formatBytes(keptBytes)} are kept`,
  ];
  process.stdout.write(`${rows.join('\n')}\n`);
}
