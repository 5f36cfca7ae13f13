// SPDX-License-Identifier: Apache-2.0
import {
  parseXl,
  settingOf,
  type Span,
  type XlAtom,
  type XlFile,
  type XlSetting,
} from './xl-syntax.ts';
import type { Lines, Place, SourceText } from '../support/source-text.ts';
import { MiB, PAGE } from '../support/units.ts';
import type { From, Where } from './where.ts';

/** An entry of `iomem`, in bytes. */
export interface ImportedIomem {
  readonly where: Where;
  /** The entry with its quotes. */
  readonly span: Span;
  readonly text: string;
  /** Undefined when it is not of the form that xl takes. */
  readonly range:
    | {
        readonly host: bigint;
        readonly size: bigint;
        /** Undefined where no guest frame is written: 1:1. */
        readonly guest: bigint | undefined;
        /** What is written behind the guest frame. */
        readonly attribute: string | undefined;
      }
    | undefined;
  /** Why it is not; of an attribute without a guest frame, which some read, beside its range. */
  readonly fault?: string | undefined;
  /** What was certainly meant. */
  readonly meant?: string | undefined;
}

/** An entry of `static_shm`: its words by key, the last of each. */
export interface ImportedShm {
  readonly where: Where;
  /** The entry with its quotes. */
  readonly span: Span;
  readonly text: string;
  readonly words: ReadonlyMap<string, string>;
  /** What is wrong with its form, a line each. */
  readonly faults: readonly string[];
  readonly id: string | undefined;
  readonly begin: bigint | undefined;
  readonly size: bigint | undefined;
  readonly offset: bigint | undefined;
  /** In small letters, whatever it is in `words`. */
  readonly role: string | undefined;
}

/** A domain as an xl configuration file describes it. */
export interface XlDomain {
  readonly file: XlFile;
  readonly where: Where;
  readonly name: From<string> | undefined;
  /** In bytes. */
  readonly memory: From<bigint> | undefined;
  readonly kernel: From<string> | undefined;
  readonly deviceTree: From<string> | undefined;
  readonly ramdisk: From<string> | undefined;
  readonly vcpus: From<string> | undefined;
  /** Entries of `llc_colors`. */
  readonly llcColors: readonly From<string>[];
  readonly iomem: readonly ImportedIomem[];
  readonly staticShm: readonly ImportedShm[];
  /** Settings whose value has not the form that the option takes. */
  readonly faults: readonly XlFault[];
}

/** A value of another form than its option takes. */
export interface XlFault {
  readonly where: Where;
  readonly option: string;
  readonly form: 'list for one value' | 'one value for a list' | 'list in a list' | 'no number';
  readonly message: string;
  /** The value as it is written, of one that is to be a list. */
  readonly unlisted?: Span | undefined;
}

/** `START,NUM[@GFN][,WORD]` (tools/xl/xl_parse.c): hexadecimal page frames. */
const iomemForm =
  /^\s*(?:0x)?([0-9a-f]+),\s*(?:0x)?([0-9a-f]+)(?:@\s*(?:0x)?([0-9a-f]+)(?:,\s*(.*))?)?(.*)$/i;

const frames = (digits: string): bigint => BigInt(`0x${digits}`) * BigInt(PAGE);

function readIomem({ text, start, end }: XlAtom, where: Where): ImportedIomem {
  const span = { start, end };
  const [, host, count, guest, attribute, rest] = iomemForm.exec(text) ?? [];
  if (host === undefined || count === undefined)
    return {
      where,
      span,
      text,
      range: undefined,
      fault: 'it is not START,NUM[@GFN] in hexadecimal page frames',
    };
  if (rest !== undefined && rest !== '') {
    const early = guest === undefined && /^,(memory|devmem)$/.test(rest);
    const fault = early
      ? `"${rest}" is known only behind a guest frame: write @GFN before it`
      : `"${rest}" stands behind what xl reads`;
    if (!early) return { where, span, text, range: undefined, fault };
    const meant = `${text.replace(rest, '')}@0x${host}${rest}`;
    return {
      ...{ where, span, text, fault, meant },
      range: {
        host: frames(host),
        size: frames(count),
        guest: undefined,
        attribute: rest.slice(1),
      },
    };
  }
  return {
    where,
    span,
    text,
    range: {
      host: frames(host),
      size: frames(count),
      guest: guest === undefined ? undefined : frames(guest),
      attribute,
    },
  };
}

const shmKeys = ['id', 'begin', 'size', 'offset', 'role', 'prot', 'cache_policy'];

/** A number of at most 64 bits, as C's strtoull with base 0 takes it. */
export function numberOf(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(text)) return undefined;
  const value = BigInt(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text);
  return value < 1n << 64n ? value : undefined;
}

/** LIBXL_STATIC_SHM_ID_MAX, which is the manual's too. */
const longestId = 128;

function readShm({ text, start, end }: XlAtom, where: Where): ImportedShm {
  const words = new Map<string, string>();
  const faults: string[] = [];
  // xl splits by strtok_r: nothing between two commas is no word (xl_utils.c).
  for (const word of text.split(',').filter((one) => one !== '')) {
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(word) ?? [];
    if (key === undefined || value === undefined) faults.push(`"${word.trim()}" is not key=value`);
    else if (!shmKeys.includes(key))
      faults.push(`"${key}" is no key of static_shm: ${shmKeys.join(', ')} are`);
    else if (words.has(key)) faults.push(`${key} stands there twice`);
    else words.set(key, value);
  }
  // What the manual allows (xl-static-shm-configuration(5)).
  const id = words.get('id') ?? '';
  if (/[^_a-zA-Z0-9]/.test(id)) faults.push(`id=${id} has other signs than letters, digits and _`);
  if (id.length > longestId)
    faults.push(`the id has ${id.length} signs, ${longestId} are possible`);
  for (const key of ['begin', 'size', 'offset']) {
    const value = words.get(key);
    if (value !== undefined && numberOf(value) === undefined)
      faults.push(`${key}=${value} is no number of bytes`);
  }
  return {
    where,
    span: { start, end },
    text,
    words,
    faults,
    id: words.get('id') || undefined,
    begin: numberOf(words.get('begin')),
    size: numberOf(words.get('size')),
    offset: numberOf(words.get('offset')),
    role: words.get('role')?.toLowerCase(),
  };
}

/** Reads the options about sharing out of a file. */
class Reader {
  readonly faults: XlFault[] = [];
  readonly #file: XlFile;
  readonly #lines: Lines;

  constructor(file: XlFile) {
    this.#file = file;
    this.#lines = file.lines;
  }

  at(place: Place): Where {
    return { file: place.file, place, line: this.#lines.text(place.line) };
  }

  text(name: string): From<string> | undefined {
    const setting = settingOf(this.#file, name);
    if (setting === undefined) return undefined;
    if (setting.value.kind === 'atom')
      return { value: setting.value.text, where: this.at(setting.value.place) };
    this.#fault(setting, 'list for one value', 'is a list where xl takes one value');
    return undefined;
  }

  list(name: string): readonly XlAtom[] {
    const setting = settingOf(this.#file, name);
    if (setting === undefined) return [];
    if (setting.value.kind === 'atom') {
      this.#fault(
        setting,
        'one value for a list',
        'is one value where xl takes a list',
        setting.value,
      );
      return [];
    }
    const { items } = setting.value;
    for (const { kind, place } of items)
      if (kind === 'list')
        this.faults.push({
          where: this.at(place),
          option: name,
          form: 'list in a list',
          message: `${name} has a list for an entry`,
        });
    return items.filter((item): item is XlAtom => item.kind === 'atom');
  }

  /** Of `memory`, or where xl takes none from it, of `maxmem`. */
  memory(): From<bigint> | undefined {
    return this.#mebibytes('memory') ?? this.#mebibytes('maxmem');
  }

  /** Whole MiB, in C's forms, blanks and a sign before them (libxlu_cfg.c, xlu_cfg_get_bounded_long). */
  #mebibytes(option: string): From<bigint> | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const added = this.#file.settings.findLast(({ name }) => name === option)?.operator === '+=';
    const value = numberOf(text.value.replace(/^\s*\+?/, ''));
    if (value !== undefined && !added) return { value: value * BigInt(MiB(1)), where: text.where };
    this.faults.push({
      where: text.where,
      option,
      form: 'no number',
      message: added
        ? `${option} is added to with +=, and xl takes no number from that`
        : `${option} is "${text.value}", no number of MiB`,
    });
    return undefined;
  }

  #fault(
    { name, value }: XlSetting,
    form: XlFault['form'],
    message: string,
    unlisted?: Span,
  ): void {
    const where = this.at(value.place);
    this.faults.push({ where, option: name, form, message: `${name} ${message}`, unlisted });
  }
}

/** Reads a domain out of an xl configuration file; errors of its syntax are in `file.problems`. */
export function readXlDomain(source: SourceText): XlDomain {
  const file = parseXl(source);
  const reader = new Reader(file);
  const first = { file: source.file, line: 1, column: 1, length: 1 };
  return {
    file,
    where: reader.at(first),
    name: reader.text('name'),
    memory: reader.memory(),
    kernel: reader.text('kernel'),
    deviceTree: reader.text('device_tree'),
    ramdisk: reader.text('ramdisk'),
    vcpus: reader.text('vcpus'),
    llcColors: reader
      .list('llc_colors')
      .map(({ text, place }) => ({ value: text, where: reader.at(place) })),
    iomem: reader.list('iomem').map((atom) => readIomem(atom, reader.at(atom.place))),
    staticShm: reader.list('static_shm').map((atom) => readShm(atom, reader.at(atom.place))),
    faults: reader.faults,
  };
}
