// SPDX-License-Identifier: Apache-2.0
import type { BudgetStage } from '../lab/lab.ts';

/** What a lab file says of one board of the virtual lab. */
export interface DescribedBoard {
  readonly name: string;
  readonly model: string;
  readonly mac: string;
  readonly address: string;
  readonly consoles: Readonly<Record<string, string>>;
  readonly power: 'http' | 'command';
  readonly tftpPort: number;
  readonly sshPort: number;
}

/** What all its boards have in common. */
export interface DescribedLab {
  readonly url: string;
  readonly directory: string;
  readonly tokenFile: string;
  readonly powerProgram: string;
  readonly tftpDirectory: string;
  readonly server: string;
  /** Milliseconds for stages of a boot, instead of the type's own. */
  readonly budgets: Readonly<Partial<Record<BudgetStage, number>>>;
  /** Whether consoles are waited for, and opened again when they were away. */
  readonly transient: boolean;
}

/** JSON's strings are YAML's too. */
const quoted = (text: string): string => JSON.stringify(text);

function powerLines(board: DescribedBoard, lab: DescribedLab): string[] {
  const { name } = board;
  if (board.power === 'command') {
    const call = (what: string): string =>
      `[${[lab.powerProgram, name, what].map(quoted).join(', ')}]`;
    return [
      '      kind: command',
      `      on: ${call('on')}`,
      `      off: ${call('off')}`,
      `      state: { run: ${call('state')}, on: '^on$', off: '^off$' }`,
    ];
  }
  const url = `${lab.url}/boards/${name}/power`;
  return [
    '      kind: http',
    `      on: { url: ${quoted(`${url}/on`)} }`,
    `      off: { url: ${quoted(`${url}/off`)} }`,
    `      state: { url: ${quoted(url)}, on: '"power":"on"', off: '"power":"off"' }`,
    `      token: { file: ${quoted(lab.tokenFile)} }`,
  ];
}

function boardLines(board: DescribedBoard, lab: DescribedLab): string[] {
  const line = `baud: 115200${lab.transient ? ', transient: true' : ''}`;
  const budgets = Object.entries(lab.budgets).map(([stage, ms]) => `${stage}: ${ms}`);
  return [
    `  ${board.name}:`,
    '    type: zcu102-virtual',
    '    identity:',
    `      mac: ${quoted(board.mac)}`,
    `      model: ${quoted(board.model)}`,
    '    consoles:',
    ...Object.entries(board.consoles).map(
      ([name, path]) => `      ${name}: { kind: serial, path: ${quoted(path)}, ${line} }`,
    ),
    '    power:',
    ...powerLines(board, lab),
    '      # A relay of a real board wants seconds.',
    '      minOffMs: 100',
    '    network:',
    `      board: ${board.address}`,
    `      server: ${lab.server}`,
    `    tftp: { directory: ${quoted(lab.tftpDirectory)}, port: ${board.tftpPort} }`,
    `    ssh: { host: 127.0.0.1, port: ${board.sshPort} }`,
    ...(budgets.length === 0 ? [] : [`    budgets: { ${budgets.join(', ')} }`]),
  ];
}

/** The text of lab.yaml for a virtual lab. */
export function labText(boards: readonly DescribedBoard[], lab: DescribedLab): string {
  return [
    '# Written by `crosspage lab virtual`; of use as long as that runs.',
    `stateDirectory: ${quoted(`${lab.directory}/state`)}`,
    'boards:',
    ...boards.flatMap((board) => boardLines(board, lab)),
    '',
  ].join('\n');
}
