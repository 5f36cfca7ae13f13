// SPDX-License-Identifier: Apache-2.0
// A configuration as it is tried on hypervisors that are no flavours.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Session } from '../../../lib/bisect/keeping.ts';
import { Workbench } from '../../../lib/cli/workbench.ts';
import { printSource } from '../../../lib/dt/index.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import type { PartialTree } from '../../../lib/import/partial-tree.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { bothSram, channelEnd, passingSource, type PassingText } from '../trial/passed-trees.ts';

const ends = { radar: channelEnd('a', 10, '&b'), fusion: channelEnd('b', 11, '&a') };

/** A workbench for two domains with these partial device trees. */
function workbenchIn(
  directory: string,
  partials: readonly PartialTree[],
  text: PassingText = ends,
): Promise<Workbench> {
  const config = join(directory, 'conf');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'host.dts'), passingSource(text));
  for (const { source } of partials)
    writeFileSync(join(config, source.file), printSource(source.tree));
  const state = join(directory, 'state');
  const session = Session.open(state, 'bisect xen');
  return Workbench.open({ config, probeKernels: true, directory: state }, session, 'bisect xen');
}

test('partial device trees and event channels are tried there too', async ({}, { outputDir }) => {
  const workbench = await workbenchIn(outputDir, bothSram);
  const hypervisor = resolveImages().hypervisor('early-console');

  expect(await workbench.trialOn(hypervisor, 'a key').run()).toMatchObject({
    faults: [],
    present: ['xen,reg 0xfffc0000: fusion, radar', 'xen,evtchn radar:10 fusion:11: fusion, radar'],
  });
});

test('an event channel that Xen cannot make is a fault, in its words', async ({}, {
  outputDir,
}) => {
  const broken = { ...ends, radar: channelEnd('a', 10, '0x7777') };
  const workbench = await workbenchIn(outputDir, bothSram, broken);
  const trial = workbench.trialOn(resolveImages().hypervisor('early-console'), 'a key');

  expect((await trial.run()).faults).toMatchObject([
    { assertion: expect.stringContaining('could not find remote evtchn phandle') },
  ]);
});

test('domains that share nothing are refused', async ({}, { outputDir }) => {
  await expect(workbenchIn(outputDir, [], {})).rejects.toThrow(MisuseError);
  await expect(workbenchIn(outputDir, [], {})).rejects.toThrow(
    /none of them shares anything with another/,
  );
});
