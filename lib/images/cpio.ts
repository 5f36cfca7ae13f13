// SPDX-License-Identifier: Apache-2.0
import { MisuseError } from '../support/errors.ts';

/** What an entry of an archive is. */
export type CpioKind = 'directory' | 'file' | 'link' | 'character-device';

/** One entry of an archive; all belong to root and carry the same time. */
export interface CpioEntry {
  /** Without a slash at its beginning. */
  readonly path: string;
  readonly kind: CpioKind;
  /** Permission bits. Default: 0755 for a directory, 0644 for a file, 0600 for a device. */
  readonly mode?: number;
  /** A file's content, or what a link points to. */
  readonly content?: Uint8Array | string;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

/** S_IFMT's values (stat(2)), and the permissions of one that says none. */
const kinds: Readonly<Record<CpioKind, readonly [type: number, mode: number]>> = {
  directory: [0o040000, 0o755],
  file: [0o100000, 0o644],
  link: [0o120000, 0o777],
  'character-device': [0o020000, 0o600],
};

const hex8 = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

const padding = (length: number): Buffer => Buffer.alloc(-length & 3);

interface Fields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly device: readonly [number, number];
}

/** One member: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. */
function member(path: string, content: Buffer, fields: Fields): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const numbers = [
    fields.inode,
    fields.mode,
    0, // Owner and group: root.
    0,
    fields.links,
    0, // Time of change: the same for the same content, whenever it is made.
    content.length,
    0, // The archive's own device.
    0,
    ...fields.device,
    name.length,
    0, // A checksum, which this form of the format has not.
  ];
  const header = Buffer.from(`070701${numbers.map(hex8).join('')}`);
  return [header, name, padding(header.length + name.length), content, padding(content.length)];
}

/** The directories above `paths`, each before what is in it. */
function parentsOf(paths: readonly string[]): string[] {
  const parents = paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(parents)];
}

const byPath = (a: CpioEntry, b: CpioEntry): number => (a.path < b.path ? -1 : 1);

/**
 * An archive in the `newc` format that Linux takes as initial root file system. Entries are put in
 * order, directories that are missing are added: the same entries give the same bytes.
 * @throws MisuseError when a path comes twice or is not below the root.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const known = new Set<string>();
  for (const { path } of entries) {
    if (path === '' || path.split('/').some((part) => ['', '.', '..'].includes(part)))
      throw new MisuseError({ who: 'cpio', what: `"${path}" is not a path below the root` });
    if (known.has(path)) throw new MisuseError({ who: 'cpio', what: `${path} comes twice` });
    known.add(path);
  }
  const parents = parentsOf([...known])
    .filter((path) => !known.has(path))
    .map((path): CpioEntry => ({ path, kind: 'directory' }));
  // Linux makes the root of it itself, and gives it other permissions.
  const root: CpioEntry = { path: '.', kind: 'directory' };
  const members = [root, ...[...entries, ...parents].sort(byPath)].flatMap((entry, index) => {
    const [type, mode] = kinds[entry.kind];
    return member(entry.path, Buffer.from(entry.content ?? ''), {
      inode: index + 1,
      mode: type | (entry.mode ?? mode),
      links: entry.kind === 'directory' ? 2 : 1,
      device: entry.device ?? [0, 0],
    });
  });
  const end = member('TRAILER!!!', Buffer.alloc(0), {
    inode: 0,
    mode: 0,
    links: 1,
    device: [0, 0],
  });
  return Buffer.concat([...members, ...end]);
}
