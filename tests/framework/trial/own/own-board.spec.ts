// SPDX-License-Identifier: Apache-2.0
// Kernels of a user's own on a board of a lab, which U-Boot loads.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../../lib/images/index.ts';
import { probeArguments } from '../../../../lib/probe/protocol.ts';
import { startVirtualLab } from '../../../../lib/virtual-lab/virtual-lab.ts';
import { env, runCli } from '../../cli/run-cli.ts';
import { powersOff, scriptOf, radarAt, write, writePair } from './configuration.ts';

test.describe.configure({ timeout: 240_000 });

test('a board boots them, firmware is not taken for dom0, and what is not seen is not tried', async ({}, {
  outputDir,
}) => {
  const program = readFileSync(resolveImages().probe('memory').path);
  const directory = writePair(`${outputDir}/conf`, { radar: program, fusion: powersOff });
  const text = readFileSync(`${directory}/host.dts`, 'utf8').replace(
    / {4}xen,xen-bootargs = .*/,
    `    #address-cells = <1>;
    #size-cells = <1>;
    bootargs = "${probeArguments('00c0ffee', 'dom0')}";
    xen,xen-bootargs = "dom0_mem=128M";
    module@46000000 {
      compatible = "multiboot,kernel", "multiboot,module";
      reg = <0x46000000 ${program.length}>;
    };`,
  );
  const loads = { 'radar.bin': radarAt, 'fusion.bin': 0x4400_0000n, 'dom0.bin': 0x4600_0000n };
  write(directory, { 'host.dts': text, 'boot.cmd': scriptOf(loads), 'dom0.bin': program });
  write(directory, {
    'stray.dts': '/dts-v1/; / { passthrough { nic@1 { xen,reg = <1 1 1>; }; }; };',
  });
  await using lab = await startVirtualLab({ boards: 1, directory: `${outputDir}/lab` });

  const lines = ['radar=ready name=radar', 'dom0=ready name=dom0', 'dom0=^U-Boot'];
  const { code, stdout } = await runCli(
    [
      ...['run', '--config', directory, '--board', 'zcu102-virtual', '--format', 'json'],
      ...lines.flatMap((line) => ['--expect-line', line]),
      ...['--within', '3'],
    ],
    env({ CROSSPAGE_LAB: lab.labFile }),
  );

  expect(JSON.parse(stdout)).toMatchObject({
    boot: { kind: 'up' },
    stage2Shown: false,
    faults: [{ assertion: 'dom0: it says /^U-Boot/' }],
    leftOut: [expect.stringMatching(/^not given to a domain: .*stray\.dts$/)],
    domains: [
      { name: 'dom0', state: 'runs' },
      { name: 'radar', state: 'runs', lines: 1 },
      { name: 'fusion', state: 'ended' },
    ],
    sharings: [
      { verdict: 'not-tried', reason: expect.stringContaining('does not show its stage-2 tables') },
    ],
  });
  expect(code).toBe(1);
});
