// SPDX-License-Identifier: Apache-2.0
// Static event channels of a host device tree: which there are, and what comes of each.
import { expect, test } from '@playwright/test';
import { channelsOf, tryChannels } from '../../../lib/trial/channels.ts';
import { channelEnd, passingSource } from './passed-trees.ts';
import { hostTree } from './trees.ts';

const ids = (radar: string, fusion: string, chosen = ''): string[] =>
  channelsOf(hostTree(passingSource({ radar, fusion, chosen }))).map(({ id }) => id);

test('two nodes that name each other are one channel, with the place of each end', () => {
  const radar = channelEnd('a', 10, '&b');
  const fusion = channelEnd('b', 11, '&a');
  const [channel, ...more] = channelsOf(hostTree(passingSource({ radar, fusion })));

  expect(more).toEqual([]);
  expect(channel).toMatchObject({
    id: 'xen,evtchn radar:10 fusion:11',
    ends: [
      { domain: 'radar', port: 10, where: { file: 'host.dts' } },
      { domain: 'fusion', port: 11 },
    ],
  });
});

test('dom0 has its ends in /chosen itself', () => {
  const chosen = channelEnd('zero', 12, '&one');
  expect(ids(channelEnd('one', 13, '&zero'), '', chosen)).toEqual(['xen,evtchn dom0:12 radar:13']);
});

test('several channels between the same domains are told apart by their ports', () => {
  const radar = channelEnd('a', 1, '&c') + channelEnd('b', 2, '&d');
  const fusion = channelEnd('c', 3, '&a') + channelEnd('d', 4, '&b');

  expect(ids(radar, fusion)).toEqual([
    'xen,evtchn radar:1 fusion:3',
    'xen,evtchn radar:2 fusion:4',
  ]);
});

test('an end whose other end is nowhere fails, with its place', async () => {
  const radar = channelEnd('a', 10, '0x7777');
  const channels = channelsOf(hostTree(passingSource({ radar })));
  const [verdict] = await tryChannels(channels, () => 'nobody is asked');

  expect(verdict).toMatchObject({
    verdict: 'one-sided',
    faults: [
      {
        assertion: 'xen,evtchn radar:10: two domains have an end',
        message: 'only radar has one: no node has the phandle that its xen,evtchn names',
      },
    ],
  });
});

test('an end of a domain that is not there is not tried, with the reason', async () => {
  const radar = channelEnd('a', 10, '&b');
  const fusion = channelEnd('b', 11, '&a');
  const channels = channelsOf(hostTree(passingSource({ radar, fusion })));
  const [verdict] = await tryChannels(channels, (name) => `${name} is not up`);

  expect(verdict).toMatchObject({
    verdict: 'not-tried',
    reason: 'radar is not up; fusion is not up',
  });
});
