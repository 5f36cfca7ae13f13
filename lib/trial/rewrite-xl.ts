// SPDX-License-Identifier: Apache-2.0
/** A file of xl as it is created on the machine: the user's own, but for what is not to be had there. */
import type { XlDomain } from '../import/xl-domain.ts';
import { replaceSpans, settingOf, type Span, type XlSetting } from '../import/xl-syntax.ts';
import type { Where } from '../import/where.ts';
import { hex, MiB, PAGE } from '../support/units.ts';
import { xlValueText } from '../xen/xl-config.ts';

/** What of a user's file was not taken as it is. */
export interface Replacement {
  readonly where: Where;
  readonly text: string;
}

/** What is put into a file. */
export interface Substitutes {
  /** The probe's Image in dom0, or the user's. */
  readonly kernel: string;
  /** What the probe is told; undefined where the user's own kernel is booted. */
  readonly arguments: string | undefined;
  /** The user's ramdisk in dom0, for the user's own kernel. */
  readonly ramdisk?: string | undefined;
  /** Where the machine has a host address of the user's: for iomem. */
  readonly hostOf: (address: bigint) => bigint;
  /** Most RAM of a domain, in bytes. */
  readonly most: bigint;
  /** Its partial device tree in dom0, where the user's directory has it. */
  readonly deviceTree: string | undefined;
}

/** What `xl create` is given. */
export interface CreatedFile {
  readonly text: string;
  readonly replaced: readonly Replacement[];
}

/** Options of what no machine has that is booted here, and why. */
const without: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['disk', 'vif', 'vfb', 'vkb', 'vtpm', 'p9', 'pvcalls', 'vdispl', 'vsnd', 'channel'],
      ...['virtio', 'usbctrl', 'usbdev', 'pci', 'serial', 'spice', 'vnc', 'sdl'],
    ].map((name) => [name, 'the machine has nothing to back it']),
  ),
  ...Object.fromEntries(
    ['dtdev', 'irqs', 'ioports'].map((name) => [name, 'it is about devices of another machine']),
  ),
  ...Object.fromEntries(
    ['bootloader', 'bootloader_args', 'ramdisk', 'firmware', 'firmware_override'].map((name) => [
      name,
      'a probe is booted, and nothing else',
    ]),
  ),
  tee: 'the machine has no trusted firmware',
  pool: 'the machine has one CPU pool',
};

/** What only a disk would bring, and the user's own kernel needs as little as a probe. */
const ofDisks = ['bootloader', 'bootloader_args', 'firmware', 'firmware_override'];

/** Why a setting is left out, if it is. */
function whyWithout(name: string, { arguments: probe }: Substitutes): string | undefined {
  if (!Object.hasOwn(without, name)) return undefined;
  if (probe !== undefined) return without[name];
  if (name === 'ramdisk') return undefined;
  return ofDisks.includes(name) ? 'its kernel is booted, without a disk' : without[name];
}

/** A setting with its name. */
function spanOf({ file }: XlDomain, { place, value }: XlSetting): Span {
  return { start: file.lines.offset(place), end: value.end };
}

interface Change extends Span {
  readonly text: string;
}

/** Nothing in its place but its line ends: lines that xl tells are those of the user's file. */
function cut(domain: XlDomain, setting: XlSetting): Change {
  const span = spanOf(domain, setting);
  const ends = domain.file.source.text.slice(span.start, span.end).replaceAll(/[^\n]/g, '');
  return { ...span, text: ends };
}

function atOf({ file }: XlDomain, { place }: XlSetting): Where {
  return { file: place.file, place, line: file.lines.text(place.line) };
}

const frame = (address: bigint): string => hex(address / BigInt(PAGE));

/** The entries of iomem at the host addresses that the machine has; guest addresses stay. */
function movedIomem({ iomem }: XlDomain, hostOf: Substitutes['hostOf']): Change[] {
  return iomem.flatMap(({ span, range }) => {
    if (range === undefined || hostOf(range.host) === range.host) return [];
    const { host, size, guest = host, attribute } = range;
    const tail = attribute === undefined ? '' : `,${attribute}`;
    const text = `${frame(hostOf(host))},${hex(size / BigInt(PAGE))}@${frame(guest)}${tail}`;
    return [{ ...span, text: xlValueText(text) }];
  });
}

/** The probe's arguments behind the user's, in the option that xl takes. */
function argumentLine({ file }: XlDomain, added: string | undefined): string {
  if (added === undefined) return '';
  const name = settingOf(file, 'cmdline') === undefined ? 'extra' : 'cmdline';
  const value = settingOf(file, name)?.value;
  const before = value?.kind === 'atom' && value.text !== '' ? `${value.text} ` : '';
  return `${name} = ${xlValueText(before + added)}\n`;
}

/** RAM that the machine has not. */
function boundedMemory(domain: XlDomain, most: bigint): readonly [string, Replacement] | undefined {
  const { memory } = domain;
  if (memory === undefined || memory.value <= most) return undefined;
  const text = `${hex(memory.value)} bytes of RAM: the machine is given ${hex(most)} for it`;
  return [`memory = ${most / BigInt(MiB(1))}\n`, { where: memory.where, text }];
}

/**
 * The user's file with a probe in place of its kernel, or with its kernel where dom0 has that. Comments, wrong values and all that is not
 * named in `replaced` stay as they are.
 */
export function rewriteForTrial(domain: XlDomain, to: Substitutes): CreatedFile {
  const { file } = domain;
  const replaced: Replacement[] = [];
  const changes: Change[] = movedIomem(domain, to.hostOf);
  for (const setting of file.settings) {
    const { name } = setting;
    const why = whyWithout(name, to);
    const noTree = name === 'device_tree' && to.deviceTree === undefined;
    if (why === undefined && !['kernel', 'ramdisk', 'device_tree'].includes(name)) continue;
    changes.push(cut(domain, setting));
    const where = atOf(domain, setting);
    // That kernels and ramdisks are replaced is what was asked for.
    if (why !== undefined && name !== 'ramdisk')
      replaced.push({ where, text: `${name} is left out: ${why}` });
    if (noTree) replaced.push({ where, text: 'device_tree is left out: the file is not there' });
  }
  const bounded = boundedMemory(domain, to.most);
  if (bounded !== undefined) replaced.push(bounded[1]);
  const kept = replaceSpans(file.source.text, changes);
  const ended = kept.endsWith('\n') ? kept : `${kept}\n`;
  return {
    text: [
      ended,
      `kernel = ${xlValueText(to.kernel)}\n`,
      to.ramdisk === undefined ? '' : `ramdisk = ${xlValueText(to.ramdisk)}\n`,
      argumentLine(domain, to.arguments),
      to.deviceTree === undefined ? '' : `device_tree = ${xlValueText(to.deviceTree)}\n`,
      bounded?.[0] ?? '',
    ].join(''),
    replaced,
  };
}
