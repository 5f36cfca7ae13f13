// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { Console } from '../../../lib/console/console.ts';
import { SerialInput } from '../../../lib/console/serial-input.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

const keys = '\x01\x01\x01';

test('keys that are lost on the way to Xen are pressed again', async ({}, testInfo) => {
  const [raw, lines] = ['raw', 'log'].map((kind) => testInfo.outputPath(`console.${kind}`)) as [
    string,
    string,
  ];
  const transcript = new Transcript({ raw, lines });
  const typed: string[] = [];
  let focus = 0;
  const write = (bytes: Uint8Array): void => {
    typed.push(Buffer.from(bytes).toString('latin1'));
    if (typed.length === 1 || typed.at(-1) !== keys) return;
    focus = (focus + 1) % 3;
    const who = focus === 0 ? 'Xen' : `DOM${focus}`;
    transcript.append(Buffer.from(`(XEN) *** Serial input to ${who} (type ...)\r\n`));
  };
  const console = new Console('board', { onData: () => undefined, write }, transcript);
  const input = new SerialInput('board', console);

  const seen = await input.whileOn(2, Deadline.after(30_000), () => {
    input.type('hello');
    return Promise.resolve(input.focus);
  });

  expect(seen).toBe(2);
  expect(input.focus).toBe('xen');
  expect(typed).toEqual([keys, keys, keys, 'hello', keys]);
  await console.close();
});

test('what failed is told, and not that the input could not be given back', async ({}, testInfo) => {
  const [raw, lines] = ['raw', 'log'].map((kind) => testInfo.outputPath(`console.${kind}`)) as [
    string,
    string,
  ];
  const transcript = new Transcript({ raw, lines });
  let pressed = 0;
  const write = (): void => {
    if (++pressed === 1) transcript.append(Buffer.from('(XEN) *** Serial input to DOM1 (...)\r\n'));
  };
  const console = new Console('board', { onData: () => undefined, write }, transcript);
  const input = new SerialInput('board', console);
  const failing = input.whileOn(1, Deadline.after(30_000), () =>
    Promise.reject(new Error('did not answer')),
  );

  await expect(failing).rejects.toThrow('did not answer');
  expect(pressed).toBeGreaterThan(1);
  await console.close();
});
