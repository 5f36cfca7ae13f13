// SPDX-License-Identifier: Apache-2.0
// Directories as users have them, with the kernels in them.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSystemConfiguration } from '../../../../lib/cli/host-configuration.ts';
import { probeArguments } from '../../../../lib/probe/protocol.ts';
import { hex } from '../../../../lib/support/units.ts';
import type { OwnSubject } from '../../../../lib/trial/own/own-outcome.ts';

/** Writes files into a directory, which is made. */
export function write(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return directory;
}

/** A directory as the command reads it. */
export async function subjectOf(directory: string): Promise<OwnSubject> {
  const { system, files } = await readSystemConfiguration(directory);
  return { system, files, directory };
}

/** A domain of {@link treeOf}. */
export interface DomainText {
  readonly kernel: bigint;
  /** Bytes of the file there. */
  readonly size: number;
  readonly role?: 'owner' | 'borrower';
  readonly properties?: string;
  readonly bootargs?: string;
  /** Further nodes. */
  readonly nodes?: string;
}

function domainText(name: string, domain: DomainText): string {
  const { kernel, size, role, properties = 'vpl011;', nodes = '' } = domain;
  const { bootargs = probeArguments('00c0ffee', name) } = domain;
  const region = `
      shm@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        role = "${role ?? ''}";
        xen,shm-id = "mailbox";
        xen,shared-mem = <0x60000000 0x50000000 0x1000>;
      };`;
  return `
    ${name} {
      compatible = "xen,domain";
      #address-cells = <1>;
      #size-cells = <1>;
      memory = <0 0x8000>;
      cpus = <1>;
      ${properties}
      module@${kernel.toString(16)} {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <${hex(kernel)} ${hex(size)}>;
        bootargs = "${bootargs}";
      };
      ${role === undefined ? '' : region}
      ${nodes}
    };`;
}

/** A host device tree with domains. */
export const treeOf = (domains: Readonly<Record<string, DomainText>>): string => `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
  chosen {
    xen,xen-bootargs = "console=dtuart dtuart=serial0 bootscrub=0";
    ${Object.entries(domains)
      .map(([name, domain]) => domainText(name, domain))
      .join('\n')}
  };
};
`;

/** A boot script that loads files, and boots. */
export const scriptOf = (loads: Readonly<Record<string, bigint>>): string =>
  [
    '# As U-Boot has it.',
    ...Object.entries(loads).map(([file, address]) => `tftpb ${hex(address)} ${file}`),
    'tftpb 0x4f000000 host.dtb',
    'fdt addr 0x4f000000',
    'booti 0x4e000000 - 0x4f000000',
    '',
  ].join('\n');

export const radarAt = 0x4200_0000n;
export const fusionAt = 0x4400_0000n;

/** Two domains that share a page, the kernels of which are files beside the tree. */
export function writePair(
  directory: string,
  kernels: { readonly radar: Uint8Array; readonly fusion: Uint8Array },
  change: {
    readonly radar?: Partial<DomainText>;
    readonly fusion?: Partial<DomainText>;
  } = {},
): string {
  const radar = { kernel: radarAt, size: kernels.radar.length, role: 'owner' as const };
  const fusion = { kernel: fusionAt, size: kernels.fusion.length, role: 'borrower' as const };
  return write(directory, {
    'host.dts': treeOf({
      radar: { ...radar, ...change.radar },
      fusion: { ...fusion, ...change.fusion },
    }),
    'boot.cmd': scriptOf({ 'radar.bin': radarAt, 'fusion.bin': fusionAt }),
    'radar.bin': kernels.radar,
    'fusion.bin': kernels.fusion,
  });
}

/** An arm64 Image with this code and nothing else (Documentation/arch/arm64/booting.rst). */
export function imageOf(...code: readonly number[]): Buffer {
  const image = Buffer.alloc(4096);
  // b 64: behind the header.
  image.writeUInt32LE(0x1400_0010, 0);
  image.writeBigUInt64LE(4096n, 16);
  image.writeUInt32LE(0x644d_5241, 56);
  for (const [index, word] of code.entries()) image.writeUInt32LE(word, 64 + 4 * index);
  return image;
}

/** Does nothing, for ever: `b .`. */
export const idle = imageOf(0x1400_0000);

/** PSCI SYSTEM_OFF: `mov w0, #8; movk w0, #0x8400, lsl #16; hvc #0`. */
export const powersOff = imageOf(0x5280_0100, 0x72b0_8000, 0xd400_0002);

export const sizeOf = (path: string): number => statSync(path).size;
