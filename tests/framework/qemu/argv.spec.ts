// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { handArguments, runArguments, shellCommand } from '../../../lib/qemu/argv.ts';

const command = {
  machine: { gic: 3, cpu: 'cortex-a57', cpus: 2, memory: 0x4000_0000 },
  files: [{ path: '/a,b/xen', address: 0x4040_0000n }],
  entry: 0x4100_0000n,
} as const;

test('a comma in a path is doubled, as QEMU wants it', () => {
  expect(runArguments(command)).toContain('loader,file=/a,,b/xen,addr=0x40400000,force-raw=on');
});

test('the command for people needs no descriptor and no memfd of the harness', () => {
  const line = shellCommand('qemu', handArguments(command), { LD_LIBRARY_PATH: '/x y' });

  expect(line).toContain(
    "LD_LIBRARY_PATH='/x y' qemu -machine virt,virtualization=on,gic-version=3",
  );
  expect(line).not.toMatch(/fd=|memfd/);
});

test('quotes and blanks survive the shell', () => {
  expect(shellCommand("it's", ['a b', '$x'])).toBe(`'it'\\''s' 'a b' '$x'`);
});
