// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { configurationMutants } from '../../../lib/mutants/configuration.ts';
import { mutatedBoard } from '../../../lib/mutants/mutated-board.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { KiB, MiB, PAGE } from '../../../lib/support/units.ts';
import { type PlannedDomain, planSystem, type SystemPlan } from '../../../lib/xen/plan.ts';
import { boardWith, pair } from '../boot/boards.ts';

/** A plan in which each field that can be changed is there. */
const rich = (): SystemPlan =>
  planSystem(
    {
      sharedMemory: { first: { size: PAGE }, second: { size: KiB(16) } },
      sram: { bank: { size: KiB(64), exported: true } },
      eventChannels: { bell: { owner: 1, borrower: 2 } },
      domains: {
        owner: {
          probe: 'memory',
          memory: MiB(16),
          staticMemory: 0x6800_0000n,
          enhanced: 'no-xenstore',
          sram: { bank: {} },
          maps: { first: { role: 'owner' }, second: { role: 'owner' } },
        },
        borrower: {
          probe: 'memory',
          vcpus: 2,
          maps: { first: { role: 'borrower' }, second: { role: 'borrower' } },
        },
        stranger: { probe: 'memory' },
      },
    },
    virtLayout,
  );

const text = (plan: SystemPlan): string =>
  JSON.stringify(plan, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString(16) : value,
  );

for (const { name, what, apply } of configurationMutants)
  test(`${name}: ${what}, and the plan itself stays as it was`, () => {
    const plan = rich();

    const mutated = apply(plan);

    expect(text(mutated)).not.toBe(text(plan));
    expect(text(plan)).toBe(text(rich()));
  });

/** The names of what there may be several of. */
type ListOf<T> = {
  [Key in keyof T]-?: T[Key] extends readonly object[] ? Key : never;
}[keyof T];

test('the names are unique, and every list of a plan is covered', () => {
  const names = configurationMutants.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  // Of each list, whoever has it: the type tells a new one.
  // Reserved memory is for the toolstack's domains, which no plan has.
  const lists: Record<Exclude<ListOf<SystemPlan>, 'reserved'> | ListOf<PlannedDomain>, string> = {
    regions: 'region',
    mappings: 'mapping',
    sram: 'sram',
    eventChannels: 'channel',
    domains: 'domain',
  };
  for (const kind of [...Object.values(lists), 'sram-mapping', 'machine'])
    expect(
      names.filter((name) => name.startsWith(`first-${kind}-`) || name.startsWith(`${kind}-`))
        .length,
    ).toBeGreaterThan(1);
});

test('a change of a region is seen by all of its mappings, one of a mapping by that alone', () => {
  const ids = (name: string): string[][] => {
    const mutant = configurationMutants.find((candidate) => candidate.name === name);
    const { domains } = mutant?.apply(rich()) ?? rich();
    return domains.map(({ mappings }) => mappings.map(({ region }) => region.id));
  };

  expect(ids('first-region-id')).toEqual([['first~', 'second'], ['first~', 'second'], []]);
  expect(ids('last-mapping-id')).toEqual([['first', 'second'], ['first', 'second~'], []]);
});

test('a plan without the field is booted as it is', () => {
  const plan = planSystem(pair, virtLayout);
  const mutant = configurationMutants.find(({ name }) => name === 'first-channel-port');

  expect(text(mutant?.apply(plan) ?? plan)).toBe(text(plan));
});

test('the board boots the mutated plan, and nobody else sees it', async () => {
  const plan = rich();
  const seen: SystemPlan[] = [];
  const inner = boardWith();
  const board = mutatedBoard(
    {
      name: inner.name,
      layout: inner.layout,
      capabilities: inner.capabilities,
      hypervisorCapabilities: () => [],
      toolstackCapabilities: () => ['xl-static-shm'],
      start: (order) => {
        seen.push(order.plan);
        return Promise.reject(new Error('stop'));
      },
      startPrepared: (order) => {
        seen.push(order.plan);
        return Promise.reject(new Error('stop'));
      },
    },
    (from) => ({ ...from, regions: [] }),
  );
  const order = { plan, run: '0', evidence: '/nowhere', deadline: undefined as never };

  await expect(board.start(order)).rejects.toThrow('stop');
  await expect(board.startPrepared?.(order, () => Promise.resolve())).rejects.toThrow('stop');

  expect(seen.map(({ regions }) => regions)).toEqual([[], []]);
  expect(order.plan.regions).toHaveLength(2);
  // What it can do is what the board can: no test is skipped for it.
  expect(board.toolstackCapabilities?.(undefined)).toEqual(['xl-static-shm']);
});
