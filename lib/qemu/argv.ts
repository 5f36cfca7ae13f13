// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import type { PlannedMachine } from '../xen/plan.ts';

/** A file that QEMU's generic loader puts into memory (docs/system/generic-loader). */
export interface LoadedFile {
  readonly path: string;
  readonly address: bigint;
}

export interface QemuCommand {
  readonly machine: PlannedMachine;
  readonly files: readonly LoadedFile[];
  /** Where CPU 0 starts. */
  readonly entry: bigint;
  /** Directory of QEMU's own data files, where its build does not know it. */
  readonly dataDirectory?: string | undefined;
}

/** `-machine`, `-cpu`, `-smp`, `-m` for a planned machine, without anything attached to it. */
export function machineArguments(machine: PlannedMachine, options: readonly string[]): string[] {
  return [
    ...['-machine', [`virt,virtualization=on,gic-version=${machine.gic}`, ...options].join(',')],
    ...['-cpu', machine.cpu],
    ...['-smp', String(machine.cpus)],
    ...['-m', `${machine.memory / 0x10_0000}M`],
    ...['-display', 'none', '-nodefaults', '-nic', 'none'],
  ];
}

const dataArguments = (directory: string | undefined): string[] =>
  directory === undefined ? [] : ['-L', directory];

/** Arguments that write the machine's device tree to `path` and end. */
export function dumpArguments(
  machine: PlannedMachine,
  path: string,
  dataDirectory: string | undefined,
): string[] {
  return [
    ...dataArguments(dataDirectory),
    // Without seeds the dump is the same each time.
    ...machineArguments(machine, [`dumpdtb=${path}`, 'dtb-randomness=off']),
  ];
}

function bootArguments(command: QemuCommand, machineOptions: readonly string[]): string[] {
  return [
    ...dataArguments(command.dataDirectory),
    ...machineArguments(command.machine, machineOptions),
    '-no-reboot',
    ...command.files.flatMap(({ path, address }) => [
      '-device',
      `loader,file=${path.replaceAll(',', ',,')},addr=${hex(address)},force-raw=on`,
    ]),
    ...['-device', `loader,addr=${hex(command.entry)},cpu-num=0`],
  ];
}

/**
 * Arguments for a run of the harness: console on standard input and output, QMP on descriptor 3,
 * the gdbstub on 4, RAM in a memfd that the harness opens too. Nothing has a name in a file system.
 */
export function runArguments(command: QemuCommand): string[] {
  const size = `${command.machine.memory / 0x10_0000}M`;
  return [
    ...['-object', `memory-backend-memfd,id=ram,size=${size},share=on`],
    ...bootArguments(command, ['memory-backend=ram']),
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
    // Nobody listens there until the monitor's command `gdbserver chardev:gdb`.
    ...['-chardev', 'socket,id=gdb,fd=4'],
  ];
}

/** Arguments with which a person boots the same by hand, at a terminal. */
export function handArguments(command: QemuCommand): string[] {
  return [...bootArguments(command, []), '-serial', 'mon:stdio'];
}

/** A command line for a POSIX shell. */
export function shellCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const quote = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  return [...settings, ...[program, ...args].map(quote)].join(' ');
}
