// SPDX-License-Identifier: Apache-2.0
/**
 * An xl domain configuration as a value (docs/man/xl.cfg.5.pod.in). Sizes and addresses are in
 * bytes here; the printed file has the unit that each option takes.
 */
import { type Bytes, hex, MiB, PAGE } from '../support/units.ts';

/** What a domain gets of `iomem` memory at stage 2. */
export type IomemAttribute = 'memory' | 'devmem';

/** One range of host memory that a domain maps by `iomem`. */
export interface XlIomem {
  /** A multiple of 4 KiB. */
  readonly hostAddress: bigint;
  /** A multiple of 4 KiB. */
  readonly size: Bytes;
  /** Default: where it is in host memory. */
  readonly guestAddress?: bigint;
  /**
   * Cacheable RAM or Device memory, on a toolstack that has `iomem-cacheable`. Default: nothing is
   * said, which is Device.
   */
  readonly as?: IomemAttribute;
}

/** One end of memory that domains share by `static_shm`. */
export interface XlStaticShm {
  /** Letters, digits and `_`. */
  readonly id: string;
  /** Guest address, a multiple of 4 KiB. An owner has RAM there. */
  readonly begin: bigint;
  /** A multiple of 4 KiB. */
  readonly size: Bytes;
  /** Of a borrower: where in the owner's region it begins. Default 0. */
  readonly offset?: Bytes;
  /** Default: nothing is said, which is a borrower. */
  readonly role?: 'owner' | 'borrower';
  readonly prot?: 'rw';
  /** Of an owner. */
  readonly cachePolicy?: 'ARM_normal';
}

/** What happens to a domain that ends. */
export type XlAction = 'destroy' | 'restart' | 'rename-restart' | 'preserve';

/** A domain as `xl create` takes it. Paths are dom0's. */
export interface XlConfig {
  readonly name: string;
  readonly kernel: string;
  readonly ramdisk?: string;
  /** The kernel's command line. */
  readonly extra?: string;
  /** A multiple of 1 MiB. */
  readonly memory: Bytes;
  /** Default 1. */
  readonly vcpus?: number;
  /** The pCPUs that it may run on: `2-3`. */
  readonly cpus?: string;
  /** An emulated PL011, whose output xenconsoled keeps. */
  readonly vuart?: 'sbsa_uart';
  /** A partial device tree, of which libxl takes `/passthrough` and `/aliases`. */
  readonly deviceTree?: string;
  /** A text is printed as it is: for what is wrong on purpose. */
  readonly iomem?: readonly (XlIomem | string)[];
  /** A text is printed as it is: for what is wrong on purpose. */
  readonly staticShm?: readonly (XlStaticShm | string)[];
  /** LLC colours as ranges: `0-3`. */
  readonly llcColors?: readonly string[];
  readonly onPoweroff?: XlAction;
  readonly onReboot?: XlAction;
  readonly onCrash?: XlAction;
  /** Options that have no field here, as they are called in the file. */
  readonly others?: Readonly<Record<string, XlValue>>;
}

/** A value of an xl configuration file. */
export type XlValue = string | number | readonly XlValue[];

const pageFrame = (address: bigint): string => hex(address / BigInt(PAGE));

/** `START,NUM[@GFN[,memory]]`, all of them page frames in hexadecimal. */
export function iomemText({ hostAddress, size, guestAddress, as }: XlIomem): string {
  // An attribute is only known behind a guest frame.
  const guest = guestAddress ?? (as === undefined ? undefined : hostAddress);
  return [
    `${pageFrame(hostAddress)},${hex(size / PAGE)}`,
    guest === undefined ? '' : `@${pageFrame(guest)}`,
    as === undefined ? '' : `,${as}`,
  ].join('');
}

/** `id=…, begin=…, size=…`: bytes in hexadecimal. */
export function staticShmText(shm: XlStaticShm): string {
  const keys: readonly (readonly [string, string | undefined])[] = [
    ['id', shm.id],
    ['begin', hex(shm.begin)],
    ['size', hex(shm.size)],
    ['offset', shm.offset === undefined ? undefined : hex(shm.offset)],
    ['role', shm.role],
    ['prot', shm.prot],
    ['cache_policy', shm.cachePolicy],
  ];
  return keys
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value ?? ''}`)
    .join(', ');
}

const asText = <T>(print: (value: T) => string, list: readonly (T | string)[]): string[] =>
  list.map((entry) => (typeof entry === 'string' ? entry : print(entry)));

/** The options of a domain in the order of the file, by the names that they have there. */
export function xlOptions(config: Partial<XlConfig>): (readonly [string, XlValue | undefined])[] {
  return [
    ['name', config.name],
    ['kernel', config.kernel],
    ['ramdisk', config.ramdisk],
    ['extra', config.extra],
    ['memory', config.memory === undefined ? undefined : config.memory / MiB(1)],
    ['vcpus', config.vcpus],
    ['cpus', config.cpus],
    ['vuart', config.vuart],
    ['device_tree', config.deviceTree],
    ['iomem', config.iomem && asText(iomemText, config.iomem)],
    ['static_shm', config.staticShm && asText(staticShmText, config.staticShm)],
    ['llc_colors', config.llcColors],
    ['on_poweroff', config.onPoweroff],
    ['on_reboot', config.onReboot],
    ['on_crash', config.onCrash],
    ...Object.entries(config.others ?? {}),
  ];
}

/** A string of the file (tools/libs/util/libxlu_cfg_l.l): `\` and the quote are escaped. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** A value as the file has it: texts in quotes, lists in brackets. */
export function xlValueText(value: XlValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  return `[ ${value.map(xlValueText).join(', ')} ]`;
}

/** The file that `xl create` reads: an option a line, each line ended. */
export function printXlConfig(config: Partial<XlConfig>): string {
  return xlOptions(config)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${xlValueText(value)}\n`]))
    .join('');
}
