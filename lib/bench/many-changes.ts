// SPDX-License-Identifier: Apache-2.0

/** One region as its borrower has it, where that is not as its owner does. */
export interface BorrowedOtherwise {
  readonly guest?: string;
  readonly host?: string;
  readonly id?: string;
}

/** How a configuration of {@link manyChanges} differs from the one that works. */
export interface Otherwise {
  /** How many differences it has that change nothing. */
  readonly innocent: number;
  /** By the region's id. */
  readonly borrower?: Readonly<Record<string, BorrowedOtherwise>>;
  /** RAM of the borrower, in KiB. Default 32 MiB. */
  readonly memory?: string;
}

const regions = ['mailbox', 'log', 'stats'] as const;

const address = (base: number, index: number): string =>
  `0x${(base + index * 0x20_0000).toString(16)}`;

function domain(name: string, memory: string, notes: string, body: string): string {
  return `
    ${name} {
      compatible = "xen,domain";
      #address-cells = <1>;
      #size-cells = <1>;
      cpus = <1>;
      memory = <0 ${memory}>;
      vpl011;${notes}

      module@42000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x42000000 0xffffff>;
        bootargs = "console=ttyAMA0";
      };${body}
    };`;
}

function region(role: string, id: string, index: number, otherwise: BorrowedOtherwise): string {
  const { host = address(0x6000_0000, index), guest = address(0x5000_0000, index) } = otherwise;
  return `

      ${id}@${address(0x5000_0000, index).slice(2)} {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "${otherwise.id ?? id}";
        xen,shared-mem = <${host} ${guest} 0x1000>;
      };`;
}

/**
 * The source of a host device tree with two domains that share three pages, among 64 properties that
 * nobody asks for; the first `innocent` of these differ.
 */
export function manyChanges({ innocent, borrower = {}, memory }: Otherwise): string {
  const notes = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_unused, index) => from + index)
      .map((number) => `\n      note-${number} = <${number < innocent ? 1 : 0}>;`)
      .join('');
  const all = (role: string, otherwise: Readonly<Record<string, BorrowedOtherwise>>): string =>
    regions.map((id, index) => region(role, id, index, otherwise[id] ?? {})).join('');
  const owner = domain('radar', '0x8000', notes(20, 40), all('owner', {}));
  const other = domain('fusion', memory ?? '0x8000', notes(40, 64), all('borrower', borrower));
  return `/dts-v1/;

/ {
  #address-cells = <2>;
  #size-cells = <2>;

  chosen {
    notes;${notes(0, 20)}
${owner}
${other}
  };
};
`;
}
