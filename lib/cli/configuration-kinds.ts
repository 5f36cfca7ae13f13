// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from 'node:fs';
import { isImageBuilderConfig } from '../import/image-builder.ts';
import { isUBootScript } from '../import/u-boot-script.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** What a file of a configuration is. */
export type FileKind = 'blob' | 'source' | 'xl' | 'image-builder' | 'script';

/** By the end of its name. */
export const namedKinds: Readonly<Record<string, FileKind>> = {
  dtb: 'blob',
  dts: 'source',
  cfg: 'xl',
  xl: 'xl',
  hvm: 'xl',
  scr: 'script',
};

/** No configuration that somebody wrote is larger. */
const largest = 0x4_0000;

/** The header of U-Boot's mkimage, and behind it a list of sizes that ends with 0. */
const imageMagic = 0x2705_1956;
const imageHeader = 64;

/** A script's text, out of the image that mkimage made of it too. */
export function scriptText(file: string): string {
  const bytes = readFileSync(file);
  if (bytes.length < imageHeader + 8 || bytes.readUInt32BE(0) !== imageMagic)
    return bytes.toString('utf8');
  const size = bytes.readUInt32BE(imageHeader);
  return bytes.toString('utf8', imageHeader + 8, imageHeader + 8 + size);
}

/** Files of /etc/xen have no ending, and those of no other kind have both of these. */
const isXlConfig = (file: string, text: string): boolean =>
  !/\.[^/]*$/.test(file) &&
  /^[ \t]*name[ \t]*=[ \t]*["']/m.test(text) &&
  /^[ \t]*(?:memory|maxmem|kernel|vcpus|iomem|disk)[ \t]*=/m.test(text);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw new EnvironmentError(
      { who: file, what: `cannot be read: ${messageOf(error)}`, remedy: 'make it readable' },
      { cause: error },
    );
  }
}

/** What a file is: by its name's end, or where that says nothing, by what stands in it. */
export function kindOf(file: string): FileKind | undefined {
  const named = namedKinds[/\.(\w+)$/.exec(file)?.[1] ?? ''];
  if (named !== undefined && named !== 'xl') return named;
  if (/\.(?:dtsi|dtbo)$/.test(file) || statSync(file).size > largest) return named;
  const text = textOf(file);
  if (text.includes('\0')) return named;
  if (isImageBuilderConfig(text)) return 'image-builder';
  if (named !== undefined) return named;
  if (isUBootScript(text)) return 'script';
  return isXlConfig(file, text) ? 'xl' : undefined;
}
