// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import { prepareImages } from '../images/index.ts';

export function addImagesCommand(program: Command): void {
  const images = program.command('images').description('what is booted');
  images.command('build [names...]').action((names: string[]) => prepareImages(names.length === 0 ? undefined : names));
}
