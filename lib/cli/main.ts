// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import { CrosspageError } from '../support/errors.ts';
import { addImagesCommand } from './images.ts';

const program = new Command('crosspage').description('tests for memory shared between Xen guests');
addImagesCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CrosspageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 3;
}
