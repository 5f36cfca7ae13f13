// SPDX-License-Identifier: Apache-2.0
/** xl configuration files as the values that tests create domains from, and back. */
import {
  type XlAction,
  type XlConfig,
  type XlIomem,
  xlOptions,
  type XlStaticShm,
  type XlValue,
  xlValueText,
} from '../xen/xl-config.ts';
import { MiB } from '../support/units.ts';
import { type ImportedIomem, type ImportedShm, numberOf, type XlDomain } from './xl-domain.ts';
import { replaceSpans, settingOf, type XlFile, type XlSyntaxValue } from './xl-syntax.ts';

/** A value without its places: texts, as xl has numbers too. */
export function plainValue(value: XlSyntaxValue): XlValue {
  return value.kind === 'atom' ? value.text : value.items.map(plainValue);
}

const actions: readonly string[] = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
] satisfies XlAction[];

const isAction = (text: string): text is XlAction => actions.includes(text);

/** As a value where it says no more than a value can; else the text. */
function iomemOf({ text, range }: ImportedIomem): XlIomem | string {
  if (range === undefined) return text;
  const { host, size, guest, attribute } = range;
  if (attribute !== undefined && attribute !== 'memory' && attribute !== 'devmem') return text;
  return {
    hostAddress: host,
    size: Number(size),
    ...(guest !== undefined && { guestAddress: guest }),
    ...(attribute !== undefined && { as: attribute }),
  };
}

function shmOf(shm: ImportedShm): XlStaticShm | string {
  const { text, faults, words, id, begin, size, offset, role } = shm;
  const [prot, policy] = [words.get('prot'), words.get('cache_policy')];
  if (faults.length > 0 || id === undefined || begin === undefined || size === undefined)
    return text;
  if (role !== undefined && role !== 'owner' && role !== 'borrower') return text;
  if (prot !== undefined && prot !== 'rw') return text;
  if (policy !== undefined && policy !== 'ARM_normal') return text;
  return {
    id,
    begin,
    size: Number(size),
    ...(offset !== undefined && { offset: Number(offset) }),
    ...(role !== undefined && { role }),
    ...(prot !== undefined && { prot }),
    ...(policy !== undefined && { cachePolicy: policy }),
  };
}

/** Options that a value has a field for, each with what it makes of a text; undefined: none of it. */
const fields: Readonly<Record<string, (text: string) => Partial<XlConfig> | undefined>> = {
  name: (name) => ({ name }),
  kernel: (kernel) => ({ kernel }),
  ramdisk: (ramdisk) => ({ ramdisk }),
  extra: (extra) => ({ extra }),
  device_tree: (deviceTree) => ({ deviceTree }),
  cpus: (cpus) => ({ cpus }),
  memory: (text) => {
    const count = numberOf(text);
    return count === undefined ? undefined : { memory: Number(count) * MiB(1) };
  },
  vcpus: (text) => {
    const count = numberOf(text);
    return count === undefined ? undefined : { vcpus: Number(count) };
  },
  vuart: (text) => (text === 'sbsa_uart' ? { vuart: text } : undefined),
  on_poweroff: (text) => (isAction(text) ? { onPoweroff: text } : undefined),
  on_reboot: (text) => (isAction(text) ? { onReboot: text } : undefined),
  on_crash: (text) => (isAction(text) ? { onCrash: text } : undefined),
};

const isTexts = (value: XlValue): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** A list of texts that the domain's reader has taken apart. */
function listOf(name: string, value: XlValue, domain: XlDomain): Partial<XlConfig> | undefined {
  if (!isTexts(value)) return undefined;
  if (name === 'iomem') return { iomem: domain.iomem.map(iomemOf) };
  if (name === 'static_shm') return { staticShm: domain.staticShm.map(shmOf) };
  if (name === 'llc_colors') return { llcColors: value };
  return undefined;
}

/**
 * The domain as a value, in the order of its file. What has no field, or another form than its
 * field takes, is in `others` as it was written.
 */
export function xlConfigOf(domain: XlDomain): Partial<XlConfig> {
  const names = [...new Set(domain.file.settings.map(({ name }) => name))];
  let config: Partial<XlConfig> = {};
  const others: Record<string, XlValue> = {};
  for (const name of names) {
    const setting = settingOf(domain.file, name);
    if (setting === undefined) continue;
    const value = plainValue(setting.value);
    const field = typeof value === 'string' ? fields[name]?.(value) : listOf(name, value, domain);
    if (field === undefined) others[name] = value;
    else config = { ...config, ...field };
  }
  return Object.keys(others).length === 0 ? config : { ...config, others };
}

/** Options of a file that are kept and are nothing to Crosspage. */
export const keptOptions = (domain: XlDomain): string[] =>
  Object.keys(xlConfigOf(domain).others ?? {});

/** Options of which it is known that no memory is shared by them. */
const besides = new Set(
  'bootloader builder cmdline console disk gic_version maxvcpus p9 root serial type uuid vfb vif vkb'.split(
    ' ',
  ),
);

/** What is said of such an option. */
export const keptAs = (name: string): string =>
  `kept as it is${besides.has(name) ? ', not about sharing' : ''}`;

const asTexts = (value: XlValue): XlValue =>
  typeof value === 'object' ? value.map(asTexts) : String(value);

/**
 * The file with the options of `config` in it: a value that is another one is replaced where it
 * stands, an option that the file has not is put behind it. Comments, order and all else stay.
 */
export function rewriteXl(file: XlFile, config: Partial<XlConfig>): string {
  const changes: { start: number; end: number; text: string }[] = [];
  const added: string[] = [];
  for (const [name, value] of xlOptions(config)) {
    if (value === undefined) continue;
    const setting = settingOf(file, name);
    const there = setting && JSON.stringify(plainValue(setting.value));
    if (there === JSON.stringify(asTexts(value))) continue;
    const mentions = file.settings.filter((one) => one.name === name);
    const [only] = mentions;
    const text = xlValueText(value);
    // The last of several assignments counts, and += would add to what was changed.
    if (mentions.length === 1 && only?.operator === '=')
      changes.push({ start: only.value.start, end: only.value.end, text });
    else added.push(`${name} = ${text}\n`);
  }
  const rewritten = replaceSpans(file.source.text, changes);
  const ended = added.length > 0 && !/(?:^|\n)$/.test(rewritten) ? '\n' : '';
  return rewritten + ended + added.join('');
}
