// SPDX-License-Identifier: Apache-2.0
/**
 * ImageBuilder's configurations: what its uboot-script-gen makes of one, as the device tree that Xen
 * is booted with.
 */
import type { SourceText } from '../support/source-text.ts';
import { KiB, MiB } from '../support/units.ts';
import type { LoadedFile } from './boot-loads.ts';
import { parseShellConfig, type ShellConfig, type ShellSetting } from './shell-config.ts';
import type { Unknown } from './dom0less-domain.ts';
import type { From } from './where.ts';

/** Variables by what becomes of them: read here, or nothing to memory. */
const globals =
  'MEMORY_START MEMORY_END DEVICE_TREE XEN XEN_CMD XEN_COLORS XEN_STATIC_HEAP DOM0_KERNEL DOM0_RAMDISK ' +
  'DOM0_MEM DOM0_VCPUS DOM0_CMD DOM0_COLORS DOM0_ROOTFS NUM_DOMUS UBOOT_SOURCE UBOOT_SCRIPT';
const perDomain =
  'KERNEL RAMDISK ROOTFS NOBOOT MEM VCPUS CMD SHARED_MEM STATIC_MEM DIRECT_MAP ENHANCED COLORS ' +
  'PASSTHROUGH_DTB PASSTHROUGH_PATHS';
const indifferent =
  'LOAD_CMD BOOT_CMD EFI PASSTHROUGH_DTS_REPO LOPPER_PATH LOPPER_CMD NUM_DT_OVERLAY DT_OVERLAY BITSTREAM ' +
  'NUM_BOOT_AUX_FILE BOOT_AUX_FILE APPEND_EXTRA_CMDS FDTEDIT FIT FIT_ENC_KEY_DIR FIT_ENC_UB_DTB ' +
  'NUM_CPUPOOLS CPUPOOL DOM0_VIOMMU XEN_PASSTHROUGH_PATHS LINUX LINUX_CMD LINUX_RAMDISK DOMU_CPUPOOL ' +
  'DOMU_DRIVER_DOMAIN DOMU_VIOMMU DOMU_VUART_PL011 DOMU_GRANT_VER DOMU_GRANT_FRAMES DOMU_MAPTRACK_FRAMES ' +
  'DOMU_CAPS DOMU_TRAP_UNMAP DOMU_VIF DOMU_DISK';

const known = new Set([
  ...`${globals} ${indifferent}`.split(' '),
  ...perDomain.split(' ').map((name) => `DOMU_${name}`),
]);

/** A configuration of ImageBuilder, read. */
export interface ImageBuilderConfig {
  readonly config: ShellConfig;
  /**
   * `NUM_DOMUS`, 0 where it is not there: of domains that nothing says anything of only the first is
   * counted, and no more than {@link mostDomains} in all.
   */
  readonly count: number;
  readonly unknown: readonly Unknown[];
  /** The last assignment of a variable that is not empty. */
  readonly get: (name: string, index?: number) => From<string> | undefined;
}

/** Whether a text is one: nobody else writes such names. */
export function isImageBuilderConfig(text: string): boolean {
  return /^[ \t]*(?:NUM_DOMUS|DOMU_KERNEL\[\d+\]|UBOOT_(?:SCRIPT|SOURCE)|DOM0_KERNEL)=/m.test(text);
}

/** So many domains are read: each is looked at, and a slip of the hand may ask for any number. */
export const mostDomains = 1000;

function countOf({ settings }: ShellConfig, asked: string | undefined): number {
  const number = shellNumber(asked ?? '') ?? 0n;
  const told = settings.flatMap(({ name, index = 0 }) => (name.startsWith('DOMU_') ? [index] : []));
  const known = told.reduce((most, index) => Math.max(most, index), -1) + 1;
  const most = Math.min(known + 1, mostDomains);
  return number < BigInt(most) ? Number(number) : most;
}

const isSetting =
  (name: string, index: number | undefined) =>
  (one: ShellSetting): boolean =>
    one.name === name && (one.index ?? 0) === (index ?? 0);

export function readImageBuilder(source: SourceText): ImageBuilderConfig {
  const config = parseShellConfig(source);
  const get = (name: string, index?: number): From<string> | undefined => {
    const setting = config.settings.findLast(isSetting(name, index));
    return setting === undefined || setting.value === '' ? undefined : setting;
  };
  return {
    config,
    count: countOf(config, get('NUM_DOMUS')?.value),
    unknown: [
      ...config.unknown,
      ...config.settings
        .filter(({ name }) => !known.has(name))
        .map(({ name, where }) => ({ where, what: `variable ${name}` })),
    ],
    get,
  };
}

/** A number as the shell's arithmetic takes it. */
export function shellNumber(text: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text) || /^(?:0|[1-9][0-9]*)$/.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return undefined;
}

/** Numbers that blanks are between; undefined when one is none. */
export function shellNumbers(text: string): bigint[] | undefined {
  const numbers = text.trim().split(/\s+/).map(shellNumber);
  return numbers.every((one) => one !== undefined) ? numbers : undefined;
}

/** `ID [HOST] GUEST SIZE`. */
export interface ImageBuilderShm {
  readonly id: string;
  /** Host, guest and size, or guest and size. */
  readonly numbers: readonly bigint[];
}

/** Undefined where it has another form. */
export function readShm(text: string): ImageBuilderShm | undefined {
  const [id = '', ...rest] = text.trim().split(/\s+/);
  const numbers = shellNumbers(rest.join(' '));
  if (numbers === undefined || (numbers.length !== 2 && numbers.length !== 3)) return undefined;
  return { id, numbers };
}

/** Bytes of RAM of a domain: its static memory, or what it asks for, or 512 MiB. */
export function memoryOf({ get }: ImageBuilderConfig, index: number): bigint {
  const given = shellNumbers(get('DOMU_STATIC_MEM', index)?.value ?? '');
  const sizes = given?.filter((_size, at) => at % 2 === 1) ?? [];
  if (sizes.length > 0) return sizes.reduce((sum, size) => sum + size, 0n);
  const wanted = shellNumber(get('DOMU_MEM', index)?.value ?? '') ?? 0n;
  return (wanted === 0n ? 512n : wanted) * BigInt(MiB(1));
}

/** Whether Xen starts the domain: one with a root file system, or with NOBOOT, dom0 starts. */
export const isBooted = ({ get }: ImageBuilderConfig, index: number): boolean =>
  get('DOMU_ROOTFS', index) === undefined && get('DOMU_NOBOOT', index) === undefined;

/** ImageBuilder's steps: each file begins 2 MiB behind another, the first not below 12 MiB. */
const step = BigInt(MiB(2));
const lowest = BigInt(KiB(12 * 1024));

/** The files in the order in which they are loaded, where their sizes are known up to there. */
export function loadsOf(
  config: ImageBuilderConfig,
  sizeOf: (file: string) => bigint | undefined,
): LoadedFile[] {
  const { get, count } = config;
  const begin = shellNumber(get('MEMORY_START')?.value ?? '0x0') ?? 0n;
  const first = begin + step < lowest ? lowest : begin + step;
  // The script itself lies there.
  let next: bigint | undefined = first + step;
  const loads: LoadedFile[] = [];
  const load = (file: From<string> | undefined): void => {
    if (file === undefined || next === undefined) return;
    const size = sizeOf(file.value);
    loads.push({ file: file.value, start: next, size, where: file.where });
    next = size === undefined ? undefined : (next + size + step - 1n) & ~(step - 1n);
  };
  for (const name of ['DOM0_KERNEL', 'DOM0_RAMDISK']) load(get(name));
  for (let index = 0; index < count; index++)
    for (const name of isBooted(config, index) ? ['KERNEL', 'RAMDISK', 'PASSTHROUGH_DTB'] : [])
      load(get(`DOMU_${name}`, index));
  load(get('XEN'));
  const overlays = shellNumber(get('NUM_DT_OVERLAY')?.value ?? '0') ?? 0n;
  const given = config.config.settings.filter(({ name }) => name === 'DT_OVERLAY');
  const indexes = new Set(given.map(({ index = 0 }) => index).filter((index) => index < overlays));
  for (const index of [...indexes].toSorted((a, b) => a - b)) load(get('DT_OVERLAY', index));
  for (const name of ['DEVICE_TREE', 'BITSTREAM']) load(get(name));
  return loads;
}
