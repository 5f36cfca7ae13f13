// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import type { TestResult as PlaywrightResult } from '@playwright/test/reporter';
import { messageOf } from '../support/errors.ts';
import type { AttachmentResult } from './model.ts';

type Attachment = PlaywrightResult['attachments'][number];

/** The folder of the run's directory for evidence that is not a file of its own there. */
const folder = 'attachments';

/** GitLab reads a reference to an attachment up to `]`, and splits it at `|`. */
const plain = /^[^[\]|\p{Cc}]+$/u;

const isInside = (path: string): boolean => !path.startsWith('..') && !isAbsolute(path);

function store(attachment: Attachment, directory: string, stem: string): string {
  const { name, path, body } = attachment;
  const safeName = basename(path ?? name).replaceAll(/[^\w.-]+/g, '-');
  const kept = join(folder, `${stem}-${safeName}`);
  mkdirSync(join(directory, folder), { recursive: true });
  if (path !== undefined) copyFileSync(path, join(directory, kept));
  else writeFileSync(join(directory, kept), body ?? '');
  return kept;
}

/**
 * Sees to it that an attachment is a file inside of the run's `directory`, under a name that all
 * readers of JUnit files take: a body is written out, a file from elsewhere copied. `stem` makes
 * the name its own. Evidence that cannot be kept says so, and fails nothing.
 */
export function keepAttachment(
  attachment: Attachment,
  directory: string,
  stem: string,
): AttachmentResult {
  const { name, contentType, path } = attachment;
  try {
    if (path !== undefined && !existsSync(path)) throw new Error(`${path} is not there`);
    const local = path === undefined ? undefined : relative(directory, path);
    const usable = local !== undefined && isInside(local) && plain.test(local);
    return { name, contentType, path: usable ? local : store(attachment, directory, stem) };
  } catch (error) {
    return { name, contentType, problem: messageOf(error) };
  }
}
