// SPDX-License-Identifier: Apache-2.0
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { headOf } from '../host/download.ts';
import { findTool } from '../host/tools.ts';
import {
  atLeast,
  buildTools,
  debianKeyring,
  findMirrors,
  hostMachine,
  type ImageListing,
  listStates,
  missingPackages,
  placesOf,
  qemuName,
  qemuVersion,
  readManifest,
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
  /** A command, or what else to do. */
  readonly cure?: string;
  /** Debian packages that would cure it. */
  readonly packages?: readonly string[];
}

function program(what: string, name: string, cure: Pick<Finding, 'cure' | 'packages'>): Finding {
  const version = findTool(name) === undefined ? undefined : toolVersion(name);
  if (version !== undefined) return { what, found: version, needed: 'yes', state: 'ok' };
  return { what, found: 'not on PATH', needed: 'yes', state: 'fault', ...cure };
}

/** Names the revision in a report; a source archive does without. */
function git(): Finding {
  const finding = program('git', 'git', { packages: ['git'] });
  return finding.state === 'ok' ? finding : { ...finding, needed: 'for reports', state: 'note' };
}

function runtime(): Finding[] {
  const found = process.versions.node;
  return [
    { what: 'Node', found, needed: '>= 20.19', state: 'ok' },
    program('npm', 'npm', { cure: 'install npm, which comes with Node' }),
    git(),
  ];
}

/** Programs of the machine: at fault only when an image that is not built, or a test, wants them. */
function machinePrograms(images: readonly ImageListing[]): Finding[] {
  const wanted = new Set([...images.flatMap(({ tools }) => tools), 'dtc', 'xmllint']);
  const findings = buildTools.map((tool): Finding => {
    const what = `${tool.program} (${tool.what})`;
    const finding = program(what, tool.program, { packages: [tool.package] });
    if (wanted.has(tool.program)) return finding;
    return { ...finding, needed: 'not now', state: finding.state === 'ok' ? 'ok' : 'note' };
  });
  if (!wanted.has('gcc') || !missingPackages(['gcc']).includes('libc6-dev')) return findings;
  const headers = { what: 'stdlib.h (C headers)', found: 'none', needed: 'yes' };
  return [...findings, { ...headers, state: 'fault', packages: ['libc6-dev'] }];
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
    const { ok, answer } = await headOf(
      `${address}/dists/${hostMachine().codename ?? 'stable'}/InRelease`,
    );
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
    : { ...row, found: 'none', state: 'note', packages: ['debian-archive-keyring'] };
}

/** A QEMU on PATH that is too old does no harm where Crosspage brings its own. */
function qemuOnPath(): Finding[] {
  const path = findTool(qemuName);
  if (path === undefined) return [];
  const { least } = readManifest(placesOf().manifest).qemu;
  const found = `${qemuVersion(path) ?? 'does not run'} (${path})`;
  const good = atLeast(qemuVersion(path) ?? '0', least);
  const row = { what: `${qemuName} on PATH`, found, needed: `>= ${least}` };
  return good
    ? [{ ...row, state: 'ok' }]
    : [{ ...row, state: 'note', cure: 'nothing: Crosspage brings its own on Debian' }];
}

/** Looks at everything that Crosspage needs of this machine. */
export async function diagnose(): Promise<Finding[]> {
  const places = placesOf();
  const states = listStates();
  const room = states.every(({ state }) => state === 'ready') ? MiB(512) : GiB(2);
  return [
    ...runtime(),
    ...machinePrograms(states),
    ...qemuOnPath(),
    space('disk under images/build', places.build, room, 'npx crosspage images clean'),
    sharedMemory(),
    keyring(),
    await mirror(),
    ...states.map(image),
  ];
}
