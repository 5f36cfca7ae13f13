// SPDX-License-Identifier: Apache-2.0
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { headOf } from '../host/download.ts';
import { findTool } from '../host/tools.ts';
import {
  buildTools,
  debianKeyring,
  findMirrors,
  type ImageListing,
  installCommand,
  listStates,
  missingPackages,
  placesOf,
  toolVersion,
} from '../images/doctor.ts';
import { messageOf } from '../support/errors.ts';
import { type Bytes, formatBytes, GiB, MiB } from '../support/units.ts';

/** One line of the doctor's table. A `note` is worth knowing, but nothing to cure. */
export interface Finding {
  readonly what: string;
  readonly found: string;
  readonly needed: string;
  readonly state: 'ok' | 'note' | 'fault';
  readonly cure?: string;
}

function program(what: string, name: string, state: 'note' | 'fault', cure: string): Finding {
  const version = findTool(name) === undefined ? undefined : toolVersion(name);
  if (version !== undefined) return { what, found: version, needed: 'any', state: 'ok' };
  return { what, found: 'not on PATH', needed: state === 'note' ? 'not now' : 'any', state, cure };
}

function runtime(): Finding[] {
  const node: Finding = {
    what: 'Node',
    found: process.versions.node,
    needed: '>= 20.19',
    state: 'ok',
  };
  return [
    node,
    program('npm', 'npm', 'fault', 'install npm, which comes with Node'),
    program('git', 'git', 'note', cureOf(['git'])),
  ];
}

const hasApt = (): boolean => findTool('apt-get') !== undefined;

function cureOf(packages: readonly string[]): string {
  if (packages.length === 0) return '';
  return hasApt()
    ? `as root: ${installCommand(packages)}`
    : `put what Debian has in ${packages.join(', ')} on PATH`;
}

/** Programs of the machine: at fault only when an image that is not built, or a test, wants them. */
function machinePrograms(images: readonly ImageListing[]): Finding[] {
  const wanted = new Set([...images.flatMap(({ tools }) => tools), 'dtc', 'xmllint']);
  const cure = cureOf(missingPackages([...wanted]));
  const findings = buildTools.map((tool) =>
    program(
      `${tool.program} (${tool.what})`,
      tool.program,
      wanted.has(tool.program) ? 'fault' : 'note',
      wanted.has(tool.program) ? cure : '',
    ),
  );
  if (!wanted.has('gcc') || !missingPackages(['gcc']).includes('libc6-dev')) return findings;
  const headers = { what: 'stdlib.h (C headers)', found: 'none', needed: 'any' };
  return [...findings, { ...headers, state: 'fault', cure }];
}

const buildAll = 'npx crosspage images build';

function image({ name, version, state, source, sha256 }: ImageListing): Finding {
  const what = `image ${name}`;
  const needed = 'built';
  if (state === 'ready') {
    const hash = sha256 === undefined ? source : `${sha256.slice(0, 12)}, ${source}`;
    return { what, found: `${version ?? ''} ${hash}`, needed, state: 'ok' };
  }
  if (state === 'impossible') {
    const cure = 'put QEMU >= 9.0 on PATH, or set CROSSPAGE_QEMU';
    return { what, found: source, needed, state: 'fault', cure };
  }
  if (name === 'linux-dtbs') {
    const cure = `${buildAll} ${name}`;
    return { what, found: state, needed: 'by `npm test` only', state: 'note', cure };
  }
  return { what, found: state, needed, state: 'fault', cure: buildAll };
}

function space(what: string, path: string, needed: Bytes, cure: string): Finding {
  let at = path;
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free`;
  const row = { what, found, needed: formatBytes(needed) };
  return free >= needed ? { ...row, state: 'ok' } : { ...row, state: 'fault', cure };
}

function sharedMemory(): Finding {
  const cure = 'make /dev/shm larger: mount -o remount,size=1G /dev/shm';
  if (existsSync('/dev/shm')) return space('/dev/shm', '/dev/shm', MiB(256), cure);
  const row = { what: '/dev/shm', found: 'none', needed: formatBytes(MiB(256)) };
  return { ...row, state: 'fault', cure: 'mount a tmpfs at /dev/shm' };
}

async function mirror(): Promise<Finding> {
  const what = 'Debian mirror';
  const needed = 'to download only';
  try {
    const { mirror: address } = await findMirrors();
    const { ok, answer } = await headOf(`${address}/dists/stable/InRelease`);
    const found = ok ? 'reached' : `not reached: ${answer}`;
    return { what, found, needed, state: ok ? 'ok' : 'note' };
  } catch (error) {
    return { what, found: messageOf(error).split('\n')[0] ?? '', needed, state: 'note' };
  }
}

function keyring(): Finding {
  const row = { what: "Debian's keys", needed: 'to update the lock only' };
  return existsSync(debianKeyring)
    ? { ...row, found: debianKeyring, state: 'ok' }
    : { ...row, found: 'none', state: 'note', cure: cureOf(['debian-archive-keyring']) };
}

/** Looks at everything that Crosspage needs of this machine. */
export async function diagnose(): Promise<Finding[]> {
  const places = placesOf();
  const states = listStates();
  const room = states.every(({ state }) => state === 'ready') ? MiB(512) : GiB(2);
  return [
    ...runtime(),
    ...machinePrograms(states),
    space('disk under images/build', places.build, room, 'npx crosspage images clean'),
    sharedMemory(),
    keyring(),
    await mirror(),
    ...states.map(image),
  ];
}
