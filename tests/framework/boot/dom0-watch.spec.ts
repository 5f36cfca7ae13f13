// SPDX-License-Identifier: Apache-2.0
// How a Linux dom0 is waited for, on a console that says what the test wants.
import { expect, test } from '@playwright/test';
import { Dom0Watch } from '../../../lib/boot/dom0-watch.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';
import { talkingMachine } from './talking-machine.ts';

interface Watched {
  readonly watch: Dom0Watch;
  readonly say: (text: string) => void;
}

/** A machine whose Xen answers its debug keys, or does not. */
function watched(directory: string, xenAnswers = true, earlier: readonly string[] = []): Watched {
  const { machine, print } = talkingMachine(directory, { xenAnswers });
  const say = (text: string): void => {
    print(`${text}\n`);
  };
  earlier.forEach(say);
  if (earlier.length > 0) machine.console.beginEpoch();
  const patience = { silenceMs: 100, answerMs: 100 };
  return { watch: new Dom0Watch('board dom0', machine, patience), say };
}

const soon = (): Deadline => Deadline.after(50);

test('a stage that has come, or comes, ends the wait for it', async ({}, { outputDir }) => {
  const { watch, say } = watched(outputDir);
  say('crosspage-dom0: init');
  await watch.until('init', soon());
  const coming = watch.until('waiting', Deadline.after(20_000));
  say('[    9.1] noisecrosspage-dom0: waiting');
  await coming;

  expect([...watch.stages.keys()]).toEqual(['init', 'waiting']);
});

test('what another boot has said is no stage of this dom0, and no panic of it', async ({}, {
  outputDir,
}) => {
  const earlier = ['crosspage-dom0: waiting', '[    3.2] Kernel panic - not syncing: Oops'];
  const { watch, say } = watched(outputDir, true, earlier);

  expect([...watch.stages.keys()]).toEqual([]);
  say('crosspage-dom0: init');
  await watch.until('init', soon());
});

test('a kernel that panics is told as such, with the stages it had reached', async ({}, {
  outputDir,
}) => {
  const { watch, say } = watched(outputDir);
  const coming = watch.until('waiting', Deadline.after(20_000));
  say('crosspage-dom0: modules');
  say('[    3.2] Kernel panic - not syncing: Oops: Fatal exception');
  const error = await failureOf(() => coming);

  expect(error.message).toMatch(
    /^board dom0: its kernel died: Kernel panic - not syncing: Oops: Fatal exception\n {2}reached: modules \d+ ms\n/,
  );
  expect(error.fault).toBe('subject');
});

test('an init that gives up is told in its own words', async ({}, { outputDir }) => {
  const { watch, say } = watched(outputDir);
  const coming = watch.until('waiting', Deadline.after(20_000));
  say('crosspage-dom0: failed: xenstored opens no socket');
  const error = await failureOf(() => coming);

  expect(error.message).toContain('board dom0: its init gave up: xenstored opens no socket');
  expect(error.message).toContain('reached: not a word of its init');
});

test('a stage that never comes is told apart from a Xen that hangs', async ({}, { outputDir }) => {
  const alive = watched(`${outputDir}/alive`);
  alive.say('crosspage-dom0: network');
  const hung = watched(`${outputDir}/hung`, false);
  const errors = await Promise.all(
    [alive, hung].map(({ watch }) => failureOf(() => watch.until('ready 7f3a91c2', soon()))),
  );

  expect(errors[0]?.message).toMatch(
    /did not reach the stage "ready 7f3a91c2" within 50 ms; Xen is alive\n {2}reached: network/,
  );
  expect(errors[1]?.message).toContain('Xen hangs: it went silent and does not answer');
});

test('a Xen that hangs is not waited for as long as a boot may take', async ({}, { outputDir }) => {
  const { watch, say } = watched(outputDir, false);
  say('crosspage-dom0: network');
  const error = await failureOf(() => watch.until('waiting', Deadline.after(600_000)));

  expect(error.message).toMatch(
    /Xen hangs: .*\n {2}reached: network \d+ ms\n {2}last seen: 1: crosspage-dom0: network\n/,
  );
});

test('what dom0 said last is told, and not what Xen answered since', async ({}, { outputDir }) => {
  const { watch, say } = watched(outputDir);
  say('crosspage-dom0: network');
  const error = await failureOf(() => watch.until('waiting', Deadline.after(400)));

  expect(error.message).toMatch(/Xen is alive\n.*\n {2}last seen: 1: crosspage-dom0: network\n/);
  expect(error.message).not.toContain('pressed');
});

test('a Xen that takes no keys yet, and prints, does not hang', async ({}, { outputDir }) => {
  const { machine } = talkingMachine(outputDir, { prints: '(XEN) Loading d0 initrd\n' });
  const watch = new Dom0Watch('board dom0', machine, { silenceMs: 20, answerMs: 20 });
  const error = await failureOf(() => watch.until('waiting', Deadline.after(300)));

  expect(error.message).toMatch(/within 300 ms; Xen prints, but does not answer its debug keys\n/);
});
