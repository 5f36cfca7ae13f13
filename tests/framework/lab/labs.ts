// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';

/** Lines of a good board; a test changes one of them. */
export const goodLines = {
  type: 'type: zcu102',
  main: 'consoles: { main: { kind: serial, path: /dev/null, baud: 115200 } }',
  power: "power: { kind: command, on: [sh, -c, 'true'], off: [sh, -c, 'false'] }",
  tftp: 'tftp: { directory: tftp }',
  network: 'network: { board: 10.0.0.2, server: 10.0.0.1 }',
};

/** A board of a lab file: good, but for what `changes` says; undefined leaves a line out. */
export function board(
  name: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const all: Record<string, string | undefined> = { ...goodLines, ...changes };
  const lines = Object.values(all).filter((line) => line !== undefined);
  return [`  ${name}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}

/** Writes a lab file with a TFTP directory beside it, and gives its path. */
export function writeLab(info: TestInfo, ...boards: readonly string[]): string {
  mkdirSync(info.outputPath('tftp'), { recursive: true });
  const path = info.outputPath('lab.yaml');
  writeFileSync(path, ['stateDirectory: state', 'boards:', ...boards, ''].join('\n'));
  return path;
}
