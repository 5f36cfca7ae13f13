// SPDX-License-Identifier: Apache-2.0
/** What is wrong with a console's line, and with the device at this machine's end of it. */
import type { BoardFaults } from '../virtual-lab/faults.ts';
import type { Expected, Scenario } from './scenario.ts';

/** One byte in two thousand: a command of U-Boot's is typed again now and then. */
const some = 0.0005;
/** One byte in twenty: hardly a line comes whole. */
const many = 0.05;

type Kind = 'drop' | 'double' | 'flip';

const both = (kind: Kind, rate: number): BoardFaults => ({
  toHost: { [kind]: rate, seed: 7 },
  toBoard: { [kind]: rate, seed: 11 },
});

/** It boots, or it is the line's fault; never Xen's. */
const noVerdict: Expected = {
  outcomes: ['passes', 'environment'],
  attempts: [1, 3],
  health: ['good', 'unknown'],
};

const spoiled: readonly Scenario[] = (
  [
    ['drop', 'are lost'],
    ['double', 'come twice'],
    ['flip', 'have a wrong bit'],
  ] as const
).flatMap(([kind, how]) => [
  {
    name: `line-some-${kind}`,
    what: `1 byte in 2000 each way: they ${how}`,
    faults: both(kind, some),
    expected: noVerdict,
  },
  {
    name: `line-many-${kind}`,
    what: `1 byte in 20 each way: they ${how}`,
    faults: both(kind, many),
    expected: {
      outcomes: ['environment'],
      attempts: 3,
      health: 'unknown',
      says: [/in the stage (firmware|u-boot|load) /],
    },
  },
  {
    name: `line-in-test-${kind}`,
    what: `1 byte in 500 each way while the domains are asked: they ${how}`,
    during: [
      { act: { faults: { toHost: { [kind]: 0.002 }, toBoard: { [kind]: 0.002, seed: 3 } } } },
    ],
    expected: { outcomes: ['passes', 'environment'], health: ['good', 'unknown'] },
  },
]);

const away: readonly Scenario[] = [
  {
    name: 'console-gone',
    what: 'the console’s device is not there',
    faults: { console: 'gone' },
    expected: {
      outcomes: ['environment'],
      attempts: 3,
      health: 'unknown',
      says: [/there is no serial port/, /to do: plug it in/],
    },
  },
  {
    name: 'console-goes-in-u-boot',
    what: 'the device goes away in the countdown, and stays away',
    faults: { events: [{ at: 'Hit any key', do: 'unplug' }] },
    expected: {
      outcomes: ['environment'],
      attempts: 3,
      health: 'unknown',
      says: [/there is no serial port/, /attempt 1: .*the line .* is lost/],
    },
  },
  {
    name: 'console-back-in-u-boot',
    what: 'the device goes away in the countdown, for a second',
    faults: { events: [{ at: 'Hit any key', do: 'unplug' }] },
    heals: { afterLineGoneMs: 1000 },
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'console-transient-back-in-u-boot',
    what: 'a transient device goes away in the countdown, for a second',
    faults: { events: [{ at: 'Hit any key', do: 'unplug' }] },
    heals: { afterLineGoneMs: 1000 },
    transient: true,
    expected: { outcomes: ['passes'], attempts: [1, 2] },
  },
  {
    name: 'console-transient-goes-in-xen',
    what: 'a transient device goes away while Xen boots, and stays away',
    faults: { events: [{ at: 'Xen version', do: 'unplug' }] },
    transient: true,
    expected: {
      outcomes: ['environment'],
      attempts: [1, 3],
      health: 'unknown',
      says: [/the line .* is lost/],
    },
  },
  {
    name: 'console-goes-in-test',
    what: 'the device goes away while the domains are asked',
    during: [{ act: { faults: { console: 'gone' } } }],
    expected: { outcomes: ['environment'], health: 'unknown', says: [/the line .* is lost/] },
  },
  {
    name: 'console-transient-back-in-test',
    what: 'a transient device goes away while the domains are asked, for a second',
    during: [{ act: { faults: { console: 'gone' } } }, { act: { faults: {} }, afterMs: 1000 }],
    transient: true,
    expected: { outcomes: ['passes', 'environment'], health: ['good', 'unknown'] },
  },
];

/** All of the line. */
export const lineScenarios: readonly Scenario[] = [
  ...spoiled,
  {
    name: 'line-slow',
    what: 'every byte comes 80 ms late, both ways',
    faults: { toHost: { delayMs: 80 }, toBoard: { delayMs: 80 } },
    expected: { outcomes: ['passes'] },
  },
  {
    name: 'message-in-prompt',
    what: 'a kernel’s message comes in the middle of U-Boot’s prompt, six times',
    faults: {
      events: [{ at: 'ZynqMP>', do: 'insert', text: '[    1.234567] a message\r\n', times: 6 }],
    },
    expected: { outcomes: ['passes'] },
  },
  {
    name: 'message-in-model',
    what: 'a kernel’s message comes in the middle of what U-Boot says of its model, once',
    faults: {
      events: [{ at: 'Model: ZynqMP', do: 'insert', text: '[    1.2] a message\r\n' }],
    },
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'message-in-answer',
    what: 'a kernel’s message comes in the middle of what a load says',
    faults: {
      events: [{ at: 'Bytes trans', do: 'insert', text: '\r\n[    1.2] message\r\n', times: 2 }],
    },
    expected: { outcomes: ['passes'] },
  },
  ...away,
];
