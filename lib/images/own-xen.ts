// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import type { HypervisorImage } from './image-set.ts';
import { capabilitiesOf, configOfImage, parseConfig } from './kconfig.ts';
import { versionNumberOf } from './version.ts';

/** The first line of a .config that Xen's Kconfig wrote names the version. */
const configTitle = /# Xen\/\S+ (\d+\.\d+(?:\.\d+)?)\S* Configuration/;

function readImage(path: string, who: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EnvironmentError(
      {
        who,
        what: `cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: 'name the file `xen` that the build of Xen for arm64 makes',
      },
      { cause: error },
    );
  }
}

/** CONFIG_HYPFS_CONFIG embeds the .config, compressed: xen/common/config_data.S. */
function embeddedConfig(image: Buffer): string | undefined {
  const magic = Buffer.from([0x1f, 0x8b, 0x08]);
  for (let at = image.indexOf(magic); at >= 0; at = image.indexOf(magic, at + 1)) {
    const text = tryGunzip(image.subarray(at));
    if (text !== undefined && configTitle.test(text)) return text;
  }
  return undefined;
}

/** RFC 1952: ten bytes of header, then a file name if the flag says so. What follows may be anything. */
function tryGunzip(bytes: Buffer): string | undefined {
  const flags = bytes[3];
  if (flags !== 0 && flags !== 8) return undefined;
  const start = flags === 0 ? 10 : bytes.indexOf(0, 10) + 1;
  try {
    return inflateRawSync(bytes.subarray(start), { maxOutputLength: 0x10_0000 }).toString();
  } catch {
    return undefined;
  }
}

/** A .config of Xen alone: what it can do, but for what only the image tells. */
export function hypervisorOfConfig(
  text: string,
): Pick<HypervisorImage, 'version' | 'capabilities'> | undefined {
  const version = configTitle.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { version, capabilities: capabilitiesOf(parseConfig(text), version) };
}

function configBeside(path: string): string | undefined {
  const candidates = [`${path}.config`, join(dirname(path), '.config')];
  return candidates.find((candidate) => existsSync(candidate));
}

/** `xen,xen-4.20` is the compatible string that every Xen for Arm gives its dom0. */
function versionIn(image: Buffer, config: string | undefined): string {
  const titled = configTitle.exec(config ?? '')?.[1];
  return titled ?? /xen,xen-(\d+\.\d+)/.exec(image.toString('latin1'))?.[1] ?? 'unknown';
}

/**
 * A hypervisor that the user built. What it can do is told by a .config beside it
 * (`<file>.config` or `.config`) or in it; else by the words that stand in the image.
 * @param who what the user gave it by, for errors.
 * @throws EnvironmentError when it cannot be read; MisuseError when it is no arm64 Image.
 */
export function ownHypervisor(file: string, who = 'CROSSPAGE_XEN'): HypervisorImage {
  const path = resolve(file);
  const image = readImage(path, who);
  // Linux, Documentation/arch/arm64/booting.rst: the header of an arm64 Image.
  if (image.toString('latin1', 0x38, 0x3c) !== 'ARM\x64') {
    throw new MisuseError({
      who,
      what: 'is not a raw arm64 Image: its header has no magic number',
      where: path,
      remedy: 'name the file `xen`, not `xen-syms`, `xen.efi` or a compressed one',
    });
  }
  const beside = configBeside(path);
  const config = beside === undefined ? embeddedConfig(image) : readFileSync(beside, 'utf8');
  const version = versionIn(image, config);
  return {
    flavour: 'own',
    path,
    sha256: createHash('sha256').update(image).digest('hex'),
    version,
    versionNumber: versionNumberOf(version),
    capabilities: capabilitiesOf(
      config === undefined ? configOfImage(image) : parseConfig(config),
      version,
      image,
    ),
    ...(beside !== undefined && { configPath: beside }),
  };
}
