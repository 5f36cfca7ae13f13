// SPDX-License-Identifier: Apache-2.0
/**
 * What a U-Boot boot script loads where, and what it makes of the device tree: the commands that
 * matter are followed one after the other, the others are noted.
 */
import type { SourceText } from '../support/source-text.ts';
import type { BootFiles, LoadedFile } from './boot-loads.ts';
import type { Unknown } from './dom0less-domain.ts';
import { fdtValue } from './fdt-value.ts';
import { type HostTree, readHostTree } from './host-tree.ts';
import { PlacedTree } from './placed-tree.ts';
import { TreeEdits } from './tree-edits.ts';
import { parseUBootScript, type UBootCommand, type UBootWord } from './u-boot-words.ts';
import type { Where } from './where.ts';

/** A boot script, followed. */
export interface UBootScript {
  readonly source: SourceText;
  readonly loads: readonly LoadedFile[];
  /** The tree that Xen gets; undefined for a script that changes none. */
  readonly host: HostTree | undefined;
  readonly unknown: readonly Unknown[];
  /** Commands that U-Boot refuses or understands otherwise. */
  readonly faults: readonly ScriptFault[];
}

/** A command that does not do what it seems to. */
export interface ScriptFault {
  readonly where: Where;
  readonly message: string;
  readonly consequence: string;
  readonly fix: string;
}

/** Whether a text is one, and no other file that has been called so. */
export function isUBootScript(text: string): boolean {
  return /^[ \t]*(?:fdt[ \t]+(?:addr|set|mknod)|boot[im][ \t]+\S|(?:tftpb?|tftpboot|load|fatload|ext4load)[ \t]+\S+[ \t]+\S)/m.test(
    text,
  );
}

/** Where in their words the address and the file of commands are that load. */
const loaders: Readonly<Record<string, readonly [address: number, file: number]>> = {
  tftp: [1, 2],
  tftpb: [1, 2],
  tftpboot: [1, 2],
  nfs: [1, 2],
  dhcp: [1, 2],
  load: [3, 4],
  fatload: [3, 4],
  ext2load: [3, 4],
  ext4load: [3, 4],
  imxtract: [3, 2],
};

/** Commands that change neither memory nor the tree. */
const harmless = new Set(
  'echo print printenv printf saveenv sleep true false test itest usb mmc scsi sata nvme virtio pci net ping version bdinfo part ls fatls ext4ls fi for done [ source setexpr dcache icache'.split(
    ' ',
  ),
);

/** A script that runs itself would not end. */
const deepest = 8;

class Follower {
  readonly loads: LoadedFile[] = [];
  readonly unknown: Unknown[] = [];
  readonly faults: ScriptFault[] = [];
  readonly #files: BootFiles;
  readonly #file: string;
  readonly #variables = new Map<string, string>();
  #edits: TreeEdits | undefined;

  constructor(file: string, files: BootFiles) {
    this.#file = file;
    this.#files = files;
  }

  get tree(): PlacedTree | undefined {
    return this.#edits?.placed;
  }

  run(commands: readonly UBootCommand[], depth = 0): void {
    for (const { words, where } of commands) {
      const filled = words.map((word) => this.#filled(word));
      this.#command(filled, where, depth, words);
    }
  }

  /** A variable that the script does not set is the board's own: it stays as `${name}`. */
  #filled({ text, literal }: UBootWord): string {
    if (literal) return text;
    return text.replaceAll(
      /\$\{(\w+)\}|\$(\w+)/g,
      (_all, braced: string | undefined, bare: string | undefined) => {
        const name = braced ?? bare ?? '';
        return this.#variables.get(name) ?? `\${${name}}`;
      },
    );
  }

  #command(
    words: readonly string[],
    where: Where,
    depth: number,
    written: readonly UBootWord[],
  ): void {
    const [name = '', first = '', ...rest] = words;
    const loader = loaders[name];
    const local = /^(\w+)=(.*)$/.exec(name);
    if (loader !== undefined) this.#load(words, loader, where);
    else if (name === 'setenv') this.#variables.set(first, rest.join(' '));
    else if (name === 'env' && first === 'set')
      this.#variables.set(rest[0] ?? '', rest.slice(1).join(' '));
    else if (local !== null) this.#variables.set(local[1] ?? '', local[2] ?? '');
    else if (name === 'fdt') this.#fdt(words.slice(1), where, written);
    else if (name === 'run') this.#runVariables(words.slice(1), where, depth);
    else if (['booti', 'bootm', 'bootefi'].includes(name)) this.#boot(words, where);
    else if (!harmless.has(name))
      this.unknown.push({ where, what: `command ${name}, which is not followed` });
  }

  #runVariables(names: readonly string[], where: Where, depth: number): void {
    if (depth >= deepest) {
      this.unknown.push({ where, what: 'variables that run each other' });
      return;
    }
    for (const name of names) {
      const text = this.#variables.get(name);
      if (text === undefined) {
        this.unknown.push({ where, what: `variable ${name}, which the script does not set` });
        continue;
      }
      const commands = parseUBootScript({ file: this.#file, text });
      this.run(
        commands.map((command) => ({ ...command, where })),
        depth + 1,
      );
    }
  }

  #load(words: readonly string[], [address, file]: readonly [number, number], where: Where): void {
    const [text, name] = [words[address], words[file]];
    // `dhcp` without more asks for an address alone.
    if (text === undefined || name === undefined) return;
    if (!/^(?:0x)?[0-9a-f]+$/i.test(text)) {
      this.unknown.push({ where, what: `where ${name} is loaded: "${text}"` });
      return;
    }
    const size = this.#files.sizeOf(name);
    const start = BigInt(`0x${text.replace(/^0x/i, '')}`);
    this.loads.push({ file: name, start, size, where });
    if (size === undefined) this.#variables.delete('filesize');
    else this.#variables.set('filesize', size.toString(16));
  }

  #boot([name = '', , , tree]: readonly string[], where: Where): void {
    if (tree !== undefined) this.#open(tree, where);
    else if (this.#edits === undefined)
      this.unknown.push({ where, what: `${name} without a device tree` });
  }

  /** The tree at an address: a file that was loaded there. */
  #open(text: string, where: Where): void {
    if (this.#edits !== undefined) return;
    const start = /^(?:0x)?[0-9a-f]+$/i.test(text)
      ? BigInt(`0x${text.replace(/^0x/i, '')}`)
      : undefined;
    const load = this.loads.findLast((one) => one.start === start);
    const base = load && this.#files.treeOf(load.file);
    if (base === undefined)
      this.unknown.push({
        where,
        what:
          load === undefined
            ? `the device tree at ${text === '' ? 'no address' : text}: no file is loaded there`
            : `the device tree ${load.file}, which is not here`,
      });
    this.#edits = new TreeEdits(base ?? PlacedTree.empty(this.#file), base === undefined);
  }

  #fdt(words: readonly string[], where: Where, written: readonly UBootWord[]): void {
    const [verb = '', path = '', name, ...value] = words;
    if (verb === 'addr') this.#open(words.at(-1) ?? '', where);
    if (['addr', 'resize', 'print', 'list', 'header', 'boardsetup'].includes(verb)) return;
    const edits = this.#edits;
    if (edits === undefined || !/^(?:mknode?|set|rm|chosen)$/.test(verb)) {
      this.unknown.push({ where, what: `fdt ${verb}, which is not followed` });
      return;
    }
    try {
      if (verb === 'chosen') edits.add('/', 'chosen', where);
      else if (verb === 'rm') edits.remove(path, name);
      else if (name === undefined) this.#fault(where, `fdt ${verb} ${path} says too little`);
      else if (verb === 'set') this.#set(edits, [path, name], value, where, written);
      else edits.add(path, name, where);
    } catch {
      this.#fault(where, `the tree has no node ${path}`);
    }
  }

  #set(
    edits: TreeEdits,
    [path, name]: readonly [string, string],
    words: readonly string[],
    where: Where,
    written: readonly UBootWord[],
  ): void {
    if (written.some(({ text }) => /^<?\$\{?filesize\}?>?$/.test(text))) {
      this.faults.push({
        where,
        message: 'filesize is hexadecimal without 0x, and a cell without 0x is decimal',
        consequence: 'U-Boot stops at the first letter, or writes another size',
        fix: 'write 0x${filesize}',
      });
      return;
    }
    const unset = words.find((word) => word.includes('${'));
    if (unset !== undefined) {
      this.unknown.push({
        where,
        what: `${path}: ${name}, since ${unset.replace(/^<|>$/g, '')} is not known`,
      });
      return;
    }
    const { bytes, fault } = fdtValue(words);
    if (fault !== undefined) this.#fault(where, fault);
    if (bytes !== undefined) edits.set(path, name, bytes, where);
  }

  #fault(where: Where, message: string): void {
    this.faults.push({
      where,
      message,
      consequence: 'U-Boot refuses the command and goes on: Xen gets another tree than was meant',
      fix: 'correct the command',
    });
  }
}

/** Follows a script. */
export function readUBootScript(source: SourceText, files: BootFiles): UBootScript {
  const follower = new Follower(source.file, files);
  follower.run(parseUBootScript(source));
  const { loads, unknown, faults, tree } = follower;
  return { source, loads, unknown, faults, host: tree && readHostTree(tree, loads) };
}
