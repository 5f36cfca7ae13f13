// SPDX-License-Identifier: Apache-2.0
// What a line says while no worker is attached. The line is a mock.
import { expect, test } from '@playwright/test';
import { Backlog } from '../../../lib/physical/backlog.ts';
import type { SerialLine } from '../../../lib/serial/serial-line.ts';
import { MiB } from '../../../lib/support/units.ts';

function fakeLine(): { line: SerialLine; say: (text: string) => void } {
  const listeners = new Set<(chunk: Uint8Array) => void>();
  const line = {
    onData: (listener: (chunk: Uint8Array) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as SerialLine;
  const say = (text: string): void => {
    for (const listener of [...listeners]) listener(Buffer.from(text));
  };
  return { line, say };
}

const textOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

test('what is said between two workers is handed over once, in its order', () => {
  const { line, say } = fakeLine();
  const backlog = new Backlog(line);
  expect(textOf(backlog.attach())).toBe('');
  say('heard by the first. ');
  backlog.detach();
  say('between, ');
  say('and between. ');

  expect(textOf(backlog.attach())).toBe('between, and between. ');
  say('heard by the second. ');
  backlog.detach();
  expect(textOf(backlog.attach())).toBe('');
});

test('while one of several listens, nothing is kept', () => {
  const { line, say } = fakeLine();
  const backlog = new Backlog(line);
  backlog.attach();
  backlog.attach();
  backlog.detach();
  say('heard by the other');
  backlog.detach();
  say('by nobody');

  expect(textOf(backlog.attach())).toBe('by nobody');
});

test('what is too much pushes out what came first', () => {
  const { line, say } = fakeLine();
  const backlog = new Backlog(line);
  backlog.attach();
  backlog.detach();
  for (let nth = 0; nth < 5; nth++) say(String(nth).repeat(MiB(1)));

  const kept = textOf(backlog.attach());
  expect(kept).toHaveLength(MiB(4));
  expect([kept[0], kept.at(-1)]).toEqual(['1', '4']);
});
