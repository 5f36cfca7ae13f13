// SPDX-License-Identifier: Apache-2.0
/** What a station is told, and what a worker and a station say: one line of JSON each way, and then, for a console, bytes. */
import type { Duplex, Readable } from 'node:stream';
import type { ProcessIdentity } from '../host/process-identity.ts';
import { EnvironmentError, type ErrorStory } from '../support/errors.ts';

/** What the process of a station is told, as JSON in its first argument. */
export interface StationOrder {
  readonly lab: string;
  readonly board: string;
  /** Where it listens. */
  readonly socket: string;
  /** The process whose end is the end of the run. */
  readonly runner: ProcessIdentity;
  readonly purpose: string;
  /** How long the board may be waited for. */
  readonly waitMs: number;
  /** The station was killed: what is left to do for it. */
  readonly tidyUp?: true;
}

/** What is wanted of a station. */
export type StationRequest =
  | {
      readonly want: 'console';
      readonly name: string;
      readonly withinMs: number;
      /** Answer a line that is away when it is back, and not that it is missing. */
      readonly whenBack: boolean;
    }
  | { readonly want: 'a-word' }
  /** Of the machine that runs: what the next worker has to know of it; gone with its power. */
  | { readonly want: 'keep'; readonly note: string }
  /** The note that was kept, once; empty when there is none. */
  | { readonly want: 'kept' }
  | { readonly want: 'power'; readonly do: 'on' | 'off' | 'state'; readonly withinMs: number };

/** Its answer. */
export type StationReply =
  | { readonly ok: true; readonly state: string }
  | {
      readonly ok: false;
      readonly story: ErrorStory;
      /** Of a console: it is not there, or somebody else has it. */
      readonly line?: 'missing' | 'held' | undefined;
    };

/** Longer than any line of the protocol. */
const mostBytes = 0x1_0000;

/** The first line that comes; what comes behind it is put back. */
export function readLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const done = (): void => {
      stream.off('readable', look);
      stream.off('close', closed);
    };
    const closed = (): void => {
      done();
      reject(new EnvironmentError({ who: 'station', what: 'the connection ended' }));
    };
    const look = (): void => {
      for (;;) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        seen = Buffer.concat([seen, chunk]);
        const end = seen.indexOf(0x0a);
        if (end >= 0) {
          done();
          if (end + 1 < seen.length) stream.unshift(seen.subarray(end + 1));
          resolve(seen.subarray(0, end).toString());
          return;
        }
        if (seen.length > mostBytes) {
          stream.destroy();
          return;
        }
      }
    };
    stream.on('readable', look);
    stream.on('close', closed);
  });
}

/** The request at the beginning of a connection. */
export async function readRequest(stream: Duplex): Promise<StationRequest> {
  return JSON.parse(await readLine(stream)) as StationRequest;
}
