// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import type { RunningMachine } from '../../../lib/boards/board.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import type { EnvironmentError } from '../../../lib/support/errors.ts';
import type { Fate } from '../../../lib/support/fate.ts';

/** A mock of a machine: its console says what the test wants. */
export interface TalkingMachine {
  readonly machine: RunningMachine;
  /** What it was sent, as it was written. */
  readonly typed: string[];
  readonly print: (text: string) => void;
}

/** What it does by itself. */
export interface Manners {
  /** Whether its Xen takes debug keys. Default: no. */
  readonly xenAnswers?: boolean;
  /** The first keys that it loses. Default: none. */
  readonly loses?: number;
  /** What it prints when it is sent anything. */
  readonly prints?: string;
  readonly examineLine?: (fate: Fate) => EnvironmentError | undefined;
}

/** A machine whose console's files are in `directory`, which is made. */
export function talkingMachine(
  directory: string,
  { xenAnswers = false, loses = 0, prints, examineLine }: Manners = {},
): TalkingMachine {
  mkdirSync(directory, { recursive: true });
  const transcript = new Transcript({
    raw: `${directory}/console.raw`,
    lines: `${directory}/console.log`,
  });
  const print = (text: string): void => {
    transcript.append(Buffer.from(text));
  };
  const typed: string[] = [];
  const write = (bytes: Uint8Array): void => {
    const text = Buffer.from(bytes).toString('latin1');
    typed.push(text);
    if (prints !== undefined) print(prints);
    if (xenAnswers && typed.length > loses) print(`(XEN) '${text}' pressed -> answering\n`);
  };
  const console = new Console('board', { onData: () => undefined, write }, transcript);
  const machine: RunningMachine = {
    console,
    fate: console.fate,
    memory: undefined,
    processors: undefined,
    facts: {},
    ...(examineLine && { examineLine: () => Promise.resolve(examineLine(console.fate)) }),
    dispose: () => console.close(),
    [Symbol.asyncDispose]: () => console.close(),
  };
  return { machine, typed, print };
}
