// SPDX-License-Identifier: Apache-2.0
import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { ProcessIdentity } from '../host/process-identity.ts';
import { HeldLine, MissingLine } from '../serial/reopening-line.ts';
import { Deadline } from '../support/deadline.ts';
import { EnvironmentError, type ErrorStory } from '../support/errors.ts';
import { HostFault } from './blame.ts';
import { readLine, type StationReply, type StationRequest } from './station-protocol.ts';

interface Refusal {
  readonly story: ErrorStory;
  /** The process whose end is the end of the run: then the refusal is of no more use. */
  readonly runner?: ProcessIdentity | undefined;
}

async function readRefusal(path: string): Promise<Refusal | undefined> {
  const text = await readFile(`${path}.refused`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Refusal);
}

/** Why the board of the station at `path` is not this run's; undefined while nothing says so. */
export async function refusalAt(path: string): Promise<ErrorStory | undefined> {
  return (await readRefusal(path))?.story;
}

/** The runner of the run whose board the station at `path` is not; undefined where none is known. */
export async function refusedRun(path: string): Promise<ProcessIdentity | undefined> {
  return (await readRefusal(path).catch(() => undefined))?.runner;
}

/** Has {@link refusalAt} tell `story`. Whole or not at all: who looks meanwhile finds no half of it. */
export function noteRefusal(path: string, story: ErrorStory, runner?: ProcessIdentity): void {
  const aside = `${path}.refused.${process.pid}.new`;
  const refusal: Refusal = { story, runner };
  writeFileSync(aside, JSON.stringify(refusal), { mode: 0o600 });
  renameSync(aside, `${path}.refused`);
}

/** A station that has answered: what it says, and the connection. */
export interface Asked {
  readonly socket: Socket;
  readonly state: string;
}

function refused({ story, line }: StationReply & { ok: false }): EnvironmentError {
  const kinds = { missing: MissingLine, held: HeldLine };
  return new (line === undefined ? EnvironmentError : kinds[line])(story);
}

/**
 * Asks the station that listens at `path`; `signal` gives up what was not answered yet.
 * @throws HostFault when it does not answer; what it says is wrong.
 */
export async function askStation(
  who: string,
  path: string,
  request: StationRequest,
  deadline: Deadline,
  signal?: AbortSignal,
): Promise<Asked> {
  const socket = connect(path);
  // Its close ends the wait for the answer.
  const giveUp = (): void => void socket.destroy();
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted === true) giveUp();
  const failed = new Promise<never>((_resolve, reject) => {
    socket.on('error', (error) => {
      const what = `its station cannot be asked: ${error.message}`;
      reject(new HostFault({ who, what, where: path }, { cause: error }));
    });
  });
  failed.catch(() => undefined);
  socket.write(`${JSON.stringify(request)}\n`);
  const late = (): Error =>
    new HostFault({ who, what: 'its station does not answer', where: path });
  try {
    const line = await deadline.bound(Promise.race([readLine(socket), failed]), late);
    const reply = JSON.parse(line) as StationReply;
    if (!reply.ok) throw refused(reply);
    return { socket, state: reply.state };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** How long a station may take for a word: the host may be busy. */
const wordMs = 10_000;

/** Whether a station lives at `path`. One that is being killed takes connections, and does not answer. */
export async function isAlive(path: string): Promise<boolean> {
  try {
    const { socket } = await askStation('', path, { want: 'a-word' }, Deadline.after(wordMs));
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}
