// SPDX-License-Identifier: Apache-2.0
// What goes wrong once a system is up: commands in flight end at once, with the cause.
import { mkdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import type { System } from '../../../lib/boot/system.ts';
import { askXen } from '../../../lib/boot/debug-keys.ts';
import type { Domain } from '../../../lib/probe/domain.ts';
import { addressPattern } from '../../../lib/probe/patterns.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError, MisuseError, SubjectError } from '../../../lib/support/errors.ts';
import { boardWith, machineOf, pair, processesWith } from './boards.ts';

const domainsOf = (system: System): { owner: Domain; borrower: Domain } => ({
  owner: system.domain('owner'),
  borrower: system.domain('borrower'),
});

test('QEMU dies while a command runs', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const machine = machineOf(system);
  const running = system.domain('owner').client.run('sleep 0x989680');
  process.kill(machine.pid, 'SIGKILL');

  await expect(running).rejects.toThrow(EnvironmentError);
  await expect(running).rejects.toThrow('QEMU ended by itself: signal SIGKILL');
  expect(() => {
    system.checkHealth();
  }).toThrow(EnvironmentError);
});

test('a warning of Xen’s ends nothing, and is among the machine’s facts', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const { console, facts } = system.machine;
  console.transcript.append(Buffer.from('\n(XEN) Xen WARN at common/x.c:12\n'));

  expect(facts).not.toHaveProperty('console-warning');
  expect(system.machine.facts['console-warning']).toMatch(/^line \d+: \(XEN\) Xen WARN at /);
  system.checkHealth();
});

test('a domain faults: its account is whole, the others go on', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const { owner, borrower } = {
    owner: system.domain('owner'),
    borrower: system.domain('borrower'),
  };
  await owner.client.request('fault', { budgetMs: 300 }).catch(() => undefined);

  await expect(owner.ping()).rejects.toThrow(SubjectError);
  await expect(owner.ping()).rejects.toThrow(
    /took a fault that nothing expected[^]*esr=0x[^]*elr=0x/,
  );
  await borrower.page('mailbox').write(addressPattern());
  expect(() => {
    system.checkHealth();
  }).toThrow(/domain owner \(d1\): its probe took a fault/);
});

for (const [command, words] of [
  ['off', 'powered itself off'],
  ['reset', 'reset itself'],
  ['crash', 'ended itself with the reason crash'],
] as const)
  test(`after ${command} a domain answers nothing, and that is said at once`, async ({}, {
    outputDir: evidence,
  }) => {
    await using system = await bootSystem(boardWith(), pair, { evidence });
    const { owner, borrower } = domainsOf(system);
    await owner.client.request(command);

    await expect(owner.ping()).rejects.toThrow(`qemu-virt domain owner (d1): ${words}\n`);
    await borrower.ping();
    expect(() => {
      system.checkHealth();
    }).toThrow(words);
  });

test('a command that runs when Xen crashes its domain ends with Xen’s words', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const { owner, borrower } = domainsOf(system);
  const running = owner.client.run('sleep 0x989680');
  system.machine.console.transcript.append(
    Buffer.from('(XEN) Domain 1 (vcpu#0) crashed on cpu#1:\n'),
  );

  await expect(running).rejects.toThrow(
    /domain owner \(d1\): crashed, as Xen says: Domain 1 \(vcpu#0\) crashed on cpu#1/,
  );
  await borrower.ping();
});

test('a panic that the test asked for does not fail it', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  await system.domain('owner').panic('asked for');

  await expect(system.domain('owner').ping()).rejects.toThrow('its probe panicked: asked for');
  expect(() => {
    system.checkHealth();
  }).not.toThrow();
});

test('a console that goes silent is noticed when something is said', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const { owner, borrower } = domainsOf(system);
  await owner.say('a sentence so long that it takes two records: '.padEnd(150, 'la '));
  await owner.client.run('mute');

  await expect(owner.say('hello')).rejects.toThrow(
    /owner \(d1\): answers, but its console is silent: "hello" did not come within 1000 ms/,
  );
  await borrower.say('hello');
});

test('what is no line of printable ASCII is not said', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  const { owner } = domainsOf(system);

  for (const text of ['a\n@xp b', '\x1b[2J', 'é']) {
    await expect(owner.say(text)).rejects.toThrow(MisuseError);
    await expect(owner.panic(text)).rejects.toThrow(`cannot say ${JSON.stringify(text)}`);
  }
  await owner.say('~ it still speaks ~');
  system.checkHealth();
});

test('a domain that hangs: the command’s deadline names it', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  await system.domain('owner').hang();

  await expect(system.domain('owner').client.run('ping', { budgetMs: 100 })).rejects.toThrow(
    /domain owner \(d1\): vCPU 0 did not answer "ping" within 100 ms/,
  );
  expect(await askXen(system.machine, 5000)).toBe(true);

  const { lines } = system.machine.console.transcript;
  for (const part of ['VCPU information and callbacks for domain 2', 'Dumping CPU1'])
    expect(lines.some(({ text }) => text.includes(part))).toBe(true);
});

test('a machine that is stopped does not answer Xen’s debug keys', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence });
  await machineOf(system).qmp.execute('stop');

  expect(await askXen(system.machine, 200)).toBe(false);
});

/** What kills a system, as the last act of a test. */
const lastActs: readonly (readonly [string, (system: System) => unknown, RegExp])[] = [
  [
    'Xen’s panic',
    (system) => system.domain('owner').say('Panic on CPU 0:'),
    /Xen died: Panic on CPU 0:/,
  ],
  [
    'a domain’s fault',
    async (system) => {
      await system.domain('owner').client.post('fault');
      await system.machine.console.waitFor(
        (line) => (/ fault /.test(line.text) ? true : undefined),
        {
          deadline: Deadline.after(10_000),
          late: () => new Error('no fault was told of'),
        },
      );
    },
    /domain owner \(d1\): its probe took a fault/,
  ],
  [
    'QEMU’s end',
    (system) => process.kill(machineOf(system).pid, 'SIGKILL'),
    /QEMU ended by itself: signal SIGKILL/,
  ],
];

for (const [what, kill, message] of lastActs)
  test(`${what} as the last act of a test is not lost`, async ({}, { outputDir: evidence }) => {
    const system = await bootSystem(boardWith(), pair, { evidence });
    await kill(system);
    await system.dispose();

    expect(() => {
      system.checkHealth();
    }).toThrow(message);
  });

test('an end that the harness brings about is no death', async ({}, { outputDir: evidence }) => {
  const system = await bootSystem(boardWith(), pair, { evidence });
  await system.dispose();

  expect(() => {
    system.checkHealth();
  }).not.toThrow();
});

test('dispose ends QEMU, keeps the evidence, and may be called again', async ({}, {
  outputDir: evidence,
}) => {
  const system = await bootSystem(boardWith(), pair, { evidence });
  expect(await processesWith(evidence)).toHaveLength(1);

  await system.dispose();
  await system.dispose();

  expect(await processesWith(evidence)).toEqual([]);
});

test('a console that cannot be kept spoils the verdict', async ({}, { outputDir: evidence }) => {
  mkdirSync(evidence, { recursive: true });
  await symlink('/dev/full', `${evidence}/console.raw`);
  const system = await bootSystem(boardWith(), pair, { evidence });
  await system.dispose();

  expect(() => {
    system.checkHealth();
  }).toThrow(/console.log: the console could not be kept: ENOSPC/);
});

test('commands that cannot be kept spoil the verdict, not the taking down', async ({}, {
  outputDir: evidence,
}) => {
  mkdirSync(evidence, { recursive: true });
  await symlink('/dev/full', `${evidence}/commands.log`);
  const system = await bootSystem(boardWith(), pair, { evidence });
  await system.domain('owner').ping();
  await system.dispose();

  const health = (): void => {
    system.checkHealth();
  };
  expect(health).toThrow(EnvironmentError);
  expect(health).toThrow(/commands.log: could not be written: ENOSPC[^]*to do: free space/);
});
