// SPDX-License-Identifier: Apache-2.0
// What Xen 4.17 takes, and a later Xen panics of: a warning for the one, an error for the other.
import { expect, test } from '@playwright/test';
import { lint } from '../../../lib/lint/lint.ts';
import { hostTree, readTexts } from './texts.ts';

const found = (tree: string, xen: string): string[] =>
  lint(readTexts({ 'host.dts': tree }, xen)).map(
    ({ rule, severity, consequence }) => `${severity} ${rule}: ${consequence}`,
  );

const direct = hostTree.replace('xen,static-mem', 'direct-map; xen,static-mem');
const inModule = hostTree.replaceAll('<0 0x70000000 0 0x50000000', '<0 0x42001000 0 0x50000000');

const early = 'Xen panics before its console is up: "Early FDT parsing failed"';

for (const [title, tree, older, later] of [
  [
    'a direct-mapped domain that sees a region elsewhere',
    direct,
    'warning shm-direct-map: Xen 4.17 maps it where it says; since 4.19 Xen panics of it',
    'error shm-direct-map: Xen panics: it cannot set the domain up',
  ],
  [
    'a region in the kernel that domains are booted from',
    inModule,
    'warning host-overlap: Xen 4.17 shares it in silence, with the file in it',
    `error host-overlap: ${early}`,
  ],
] as const)
  test(title, () => {
    expect([...new Set(found(tree, '4.17'))]).toEqual([older]);
    expect([...new Set(found(tree, '4.20'))]).toEqual([later]);
  });
