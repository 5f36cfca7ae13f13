// SPDX-License-Identifier: Apache-2.0
import { readHostTree } from '../../../lib/import/host-tree.ts';
import { isPartialTree, readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { readXlDomain } from '../../../lib/import/xl-domain.ts';
import { describeWhere } from '../../../lib/import/where.ts';
import type { Configuration } from '../../../lib/lint/configuration.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { targetNamed } from './generated.ts';

/** Texts by the names of their files, read. */
export function readTexts(files: Readonly<Record<string, string>>, xen = '4.20'): Configuration {
  const texts = Object.entries(files).map(([file, text]) => ({ file, text }));
  const trees = texts
    .filter(({ file }) => file.endsWith('.dts'))
    .map((source) => PlacedTree.fromSource(source));
  const domains = texts.filter(({ file }) => file.endsWith('.cfg')).map(readXlDomain);
  return {
    target: targetNamed(xen),
    hosts: trees.filter((tree) => !isPartialTree(tree)).map((tree) => readHostTree(tree)),
    partials: trees.filter(isPartialTree).map(readPartialTree),
    domains,
    imageBuilders: [],
    scripts: [],
    unreadable: domains.flatMap(({ file }) => file.problems),
    texts,
  };
}

/** `file:line:column rule` of each finding. */
export const findInTexts = (files: Readonly<Record<string, string>>, xen?: string): string[] =>
  lint(readTexts(files, xen)).map(({ rule, where }) => `${describeWhere(where)} ${rule}`);

/** A system with two domains that share, an event channel, reserved and static memory. */
export const hostTree = `/dts-v1/;
/ {
  #address-cells = <2>; #size-cells = <2>;
  memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
  reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; kept@60000000 { reg = <0 0x60000000 0 0x1000000>; }; };
  chosen {
    #address-cells = <2>; #size-cells = <2>;
    xen,xen-bootargs = "console=dtuart";
    one {
      compatible = "xen,domain";
      #address-cells = <2>; #size-cells = <2>;
      memory = <0 0x8000>; cpus = <1>;
      vpl011;
      kernel@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x10000>; };
      /* the mailbox */
      shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "box"; role = "owner"; xen,shared-mem = <0 0x70000000 0 0x50000000 0 0x1000>; };
      left: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <0xa &right>; };
    };
    /* static memory, and the other side */
    two {
      compatible = "xen,domain"; cpus = <1>;
      xen,static-mem = <0 0x68000000 0 0x2000000>;
      #address-cells = <2>; #size-cells = <2>; memory = <0 0x8000>;
      shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "box"; role = "borrower"; xen,shared-mem = <0 0x70000000 0 0x50000000 0 0x1000>; };
      kernel@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x10000>; };
      right: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <0xb &left>; };
    };
  };
};
`;
