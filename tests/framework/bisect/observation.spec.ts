// SPDX-License-Identifier: Apache-2.0
// What of a run counts, where only some of what there is was asked for.
import { expect, test } from '@playwright/test';
import { faultsAsked } from '../../../lib/bisect/observation.ts';
import { presentIn } from '../../../lib/bisect/trial-oracle.ts';
import { channelEnd, passingSource } from '../trial/passed-trees.ts';
import { hostTree, xlPair, xlSystem } from '../trial/trees.ts';

const present = [
  'mailbox: fusion, radar',
  'iomem 0x70000000: fusion, radar',
  'xen,evtchn radar:10 fusion:11: fusion, radar',
];

/** The assertions that count of a run in which all of these do not hold. */
function asked(
  tests: readonly string[],
  assertions: readonly string[],
  there: readonly string[] = present,
): string[] {
  const faults = assertions.map((assertion) => ({ assertion, message: 'not so' }));
  const observation = { faults, present: [...there], tookMs: 1 };
  return faultsAsked(observation, { expected: present, tests }).map(({ assertion }) => assertion);
}

const ofMailbox = 'mailbox: fusion reads what radar writes';
const ofWindow = 'iomem 0x70000000: all have it with the same attributes';
const ofChannel = 'xen,evtchn radar:10 fusion:11: a signal of radar reaches fusion';
const ofXl = 'radar: xl creates it (static_shm id = mailbox: #-# overlaps)';
const all = [ofMailbox, ofWindow, ofChannel, ofXl];

test('what was not asked for does not count, blanks and colons in its id or not', () => {
  expect(asked(['mailbox'], all)).toEqual([ofMailbox, ofXl]);
  expect(asked(['iomem 0x70000000'], all)).toEqual([ofWindow, ofXl]);
  expect(asked(['xen,evtchn radar:10 fusion:11'], all)).toEqual([ofChannel, ofXl]);
  expect(asked([], all)).toEqual(all);
});

test('a domain that is not there is of the system as a whole, which always counts', () => {
  expect(asked(['boot'], all)).toEqual([ofXl]);
});

test('what the good end has and a mixture has not is missed, event channels too', () => {
  expect(asked([], [], present.slice(0, 1))).toEqual([
    'iomem 0x70000000: is shared as in the good end',
    'xen,evtchn radar:10 fusion:11: is shared as in the good end',
  ]);
});

test('what is present is told by ids and domains; an event channel has two ends', () => {
  const ends = { radar: channelEnd('a', 10, '&b'), fusion: channelEnd('b', 11, '&a') };
  const lonely = { radar: channelEnd('a', 10, '0x7777') };

  expect(presentIn(hostTree(passingSource(ends)))).toEqual([
    'xen,evtchn radar:10 fusion:11: fusion, radar',
  ]);
  expect(presentIn(hostTree(passingSource(lonely)))).toEqual([]);
  expect(presentIn(xlSystem(xlPair))).toEqual([
    'mailbox: fusion, radar',
    'iomem 0x70000000: fusion, radar',
  ]);
});
