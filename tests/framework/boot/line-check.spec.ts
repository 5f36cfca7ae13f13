// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { RunningMachine } from '../../../lib/boards/board.ts';
import { blameLine } from '../../../lib/boot/blame-line.ts';
import { changesXensWords } from '../../../lib/boot/line-check.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';

const keys = ["'%' (ascii '25') => trap to xendbg", "'h' (ascii '68') => show this message"];

/** A Xen that lists its keys when it is asked; `spoil` is the line's part in it. */
function xenBehind(
  directory: string,
  spoil: (text: string, press: number) => string,
): RunningMachine {
  mkdirSync(directory, { recursive: true });
  const [raw, lines] = [`${directory}/console.raw`, `${directory}/console.log`];
  const transcript = new Transcript({ raw, lines });
  let press = 0;
  const write = (bytes: Uint8Array): void => {
    if (Buffer.from(bytes).toString() !== 'h') return;
    press++;
    const list = keys.map((key) => `(XEN)  key ${key}\r\n`).join('');
    const text = `(XEN) 'h' pressed -> showing installed handlers\r\n${list}`;
    transcript.append(Buffer.from(spoil(text, press)));
    // What a domain says meanwhile is no part of it.
    transcript.append(Buffer.from(`(XEN) DOM1: ${press}\r\n`));
  };
  const console = new Console('board', { onData: () => undefined, write }, transcript);
  return {
    console,
    fate: console.fate,
    memory: undefined,
    processors: undefined,
    facts: {},
    examineLine: () => Promise.resolve(undefined),
    dispose: () => console.close(),
    [Symbol.asyncDispose]: () => console.close(),
  };
}

const verdict = new SubjectError({ who: 'board', what: 'a domain did not come up' });

test('where Xen’s list of keys comes the same each time, the line is to be trusted', async ({}, {
  outputDir,
}) => {
  await using machine = xenBehind(outputDir, (text) => text);

  expect(await changesXensWords(machine)).toBe(false);
  expect(await blameLine(machine, verdict)).toBe(verdict);
});

test('where a character of it is lost, there is no verdict on Xen', async ({}, { outputDir }) => {
  await using machine = xenBehind(outputDir, (text, press) =>
    press === 3 ? text.replace('xendbg', 'xendb') : text,
  );
  const error = await blameLine(machine, verdict);

  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toMatch(
    /^board: the line made different lists of what Xen said .*; so no verdict on this: a domain did not/,
  );
});

test('a Xen that has died is not asked, and its death stays the verdict', async ({}, {
  outputDir,
}) => {
  await using machine = xenBehind(outputDir, (text) => text.slice(1));
  machine.fate.doom(verdict);

  expect(await blameLine(machine, verdict)).toBe(verdict);
  expect(machine.console.transcript.lines).toEqual([]);
});
