// SPDX-License-Identifier: Apache-2.0
import { type HostTree, readHostTree } from '../../../lib/import/host-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';

/** A host device tree from its source. */
export function hostTree(text: string, file = 'host.dts'): HostTree {
  return readHostTree(PlacedTree.fromSource({ file, text }));
}

/** What a domain of {@link pairSource} is made of. */
export interface DomainText {
  readonly properties?: string;
  readonly region?: string;
}

function domain(name: string, role: string, { properties, region }: DomainText): string {
  return `
    ${name} {
      compatible = "xen,domain";
      #address-cells = <1>;
      #size-cells = <1>;
      memory = <0 0x8000>;
      cpus = <1>;
      ${properties ?? ''}
      module@42000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x42000000 0xffffff>;
        bootargs = "console=ttyAMA0";
      };
      shm@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "mailbox";
        xen,shared-mem = <${region ?? '0x60000000 0x50000000 0x1000'}>;
      };
    };`;
}

/** Two domains that share a page, as Xen's documentation writes it; each may differ. */
export function pairSource(owner: DomainText = {}, borrower: DomainText = {}, chosen = ''): string {
  return `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  chosen {
    xen,xen-bootargs = "console=dtuart dtuart=serial0 vwfi=native";
    ${chosen}
    ${domain('radar', 'owner', owner)}
    ${domain('fusion', 'borrower', borrower)}
  };
};
`;
}
