// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

interface Wire {
  readonly console: Console;
  readonly say: (text: string) => void;
  readonly typed: string[];
}

function wire(directory: string): Wire {
  mkdirSync(directory, { recursive: true });
  const transcript = new Transcript({
    raw: `${directory}/console.raw`,
    lines: `${directory}/console.log`,
  });
  const typed: string[] = [];
  let say: Wire['say'] = () => undefined;
  const transport = {
    onData: (listener: (chunk: Uint8Array) => void): void => {
      say = (text): void => {
        listener(Buffer.from(text, 'latin1'));
      };
    },
    write: (bytes: Uint8Array): void => {
      typed.push(Buffer.from(bytes).toString('latin1'));
    },
  };
  const console = new Console('board', transport, transcript);
  return {
    console,
    say: (text) => {
      say(text);
    },
    typed,
  };
}

const late = (): Error => new Error('late');

test('readers find the same line, each from where it stands', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  say('one\ntw');
  const coming = console.waitFor((line) => (line.text === 'two' ? line.number : undefined), {
    deadline: Deadline.after(1000),
    late,
  });
  say('o\n');

  expect(await coming).toBe(2);
  expect(
    await console.waitFor((line) => (line.text === 'one' ? line.number : undefined), {
      deadline: Deadline.after(1000),
      late,
    }),
  ).toBe(1);
  await console.close();
});

test('the raw file has the bytes as they came, the other lines with times', async ({}, {
  outputDir,
}) => {
  const { console, say } = wire(outputDir);
  say('\x1b[31mred\x1b[0m\r\nunfinished');
  await console.close();

  expect(readFileSync(`${outputDir}/console.raw`, 'latin1')).toBe(
    '\x1b[31mred\x1b[0m\r\nunfinished',
  );
  expect(readFileSync(`${outputDir}/console.log`, 'utf8')).toMatch(
    /^\+\d+\.\d{3} red\n\+\d+\.\d{3} unfinished\n$/,
  );
});

test('a panic ends every wait with Xen’s own cause', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  const waiting = console.waitFor(() => undefined, { deadline: Deadline.after(5000), late });
  say('(XEN) ****\n(XEN) Panic on CPU 0:\n(XEN) Could not set up domain domU1 (rc = -22)\n');
  say('(XEN) ****\n(XEN) \n(XEN) Reboot in five seconds...\n');

  await expect(waiting).rejects.toThrow(
    'board: Xen died: Panic on CPU 0: Could not set up domain domU1 (rc = -22)',
  );
  await console.close();
});

test('a panic whose end never comes is told all the same', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  const waiting = console.waitFor(() => undefined, { deadline: Deadline.after(5000), late });
  say("(XEN) Assertion 'x' failed at common/y.c:7\n");

  await expect(waiting).rejects.toThrow("Assertion 'x' failed at common/y.c:7");
  await console.close();
});

test('a second banner is a death: Xen has booted again', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  const banner = '(XEN) Xen version 4.17.5 (a@b)\n';
  say(banner + banner);

  await expect(
    console.waitFor(() => undefined, { deadline: Deadline.after(5000), late }),
  ).rejects.toThrow('Xen booted a second time');
  await console.close();
});

test('a domain that Xen says has crashed does not end the machine', async ({}, { outputDir }) => {
  const { console, say } = wire(outputDir);
  say('(XEN) Domain 3 (vcpu#0) crashed on cpu#1:\n');

  expect(console.fate.error).toBeUndefined();
  await console.close();
});

test('files that cannot be written are told of, and nothing is thrown', async ({}, {
  outputDir,
}) => {
  mkdirSync(outputDir, { recursive: true });
  const transcript = new Transcript({ raw: '/dev/full', lines: `${outputDir}/console.log` });
  transcript.append(Buffer.from('text\n'));
  await transcript.close();

  expect(transcript.diskError?.message).toContain('ENOSPC');
});
