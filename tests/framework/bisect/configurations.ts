// SPDX-License-Identifier: Apache-2.0

/** What a configuration of {@link manySource} has otherwise. */
export interface Otherwise {
  /** How many of the innocent differences it has. */
  readonly innocent: number;
  /** Addresses of the borrower's region, and its id, where they are not as they should be. */
  readonly borrower?: { readonly guest?: string; readonly host?: string; readonly id?: string };
  /** RAM of the borrower, in KiB. */
  readonly memory?: string;
  /** Sets apart what is otherwise the same. */
  readonly nonce?: string;
}

const domain = (name: string, body: string): string => `
    ${name} {
      compatible = "xen,domain";
      #address-cells = <1>;
      #size-cells = <1>;
      cpus = <1>;
      vpl011;${body}
    };`;

const kernel = (argument: string): string => `
      module@42000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x42000000 0xffffff>;
        bootargs = "console=ttyAMA0 ${argument}";
      };`;

const region = (role: string, id: string, host: string, guest: string): string => `
      mailbox@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role}";
        xen,shm-id = "${id}";
        xen,shared-mem = <${host} ${guest} 0x1000>;
      };`;

/**
 * Two domains that share a page, among properties that Xen does not ask for: each of them differs
 * in the first `innocent` of a list.
 */
export function manySource({ innocent, borrower = {}, memory, nonce = '' }: Otherwise): string {
  const properties = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_unused, index) => {
      const number = from + index;
      return `\n      note-${number} = <${number < innocent ? 1 : 0}>;`;
    }).join('');
  const { guest = '0x50000000', host = '0x60000000', id = 'mailbox' } = borrower;
  return `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  chosen {
    nonce = "${nonce}";${properties(0, 30)}${domain(
      'radar',
      `
      memory = <0 0x8000>;${properties(30, 45)}${kernel('quiet')}${region('owner', 'mailbox', '0x60000000', '0x50000000')}`,
    )}${domain(
      'fusion',
      `
      memory = <0 ${memory ?? '0x8000'}>;${properties(45, 64)}${kernel('quiet')}${region('borrower', id, host, guest)}`,
    )}
  };
};
`;
}
