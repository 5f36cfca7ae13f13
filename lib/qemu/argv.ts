// SPDX-License-Identifier: Apache-2.0
import type { LoadedFile } from '../boot-files/boot-files.ts';
import { hex } from '../support/units.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import { shellWord } from '../support/shell.ts';

export interface QemuCommand {
  readonly machine: PlannedMachine;
  /** Put into memory by QEMU's generic loader (docs/system/generic-loader). */
  readonly files: readonly Pick<LoadedFile, 'path' | 'address'>[];
  /** Where CPU 0 starts. */
  readonly entry: bigint;
  /** Whether a domain runs Linux, which is reached by network and by a port of its own. */
  readonly linux?: boolean;
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

/** The address of Linux behind QEMU's user-mode network. */
export const linuxAddress = '10.0.2.15';

/** The name of the port by which Linux is handed its keys; its init looks for it. */
const controlPort = 'crosspage';

/**
 * A network that only the host's loopback reaches, at a port that the kernel chooses, and a port
 * of a virtual serial device. `-nic none` has turned the default network off.
 */
function linuxArguments(control: string): string[] {
  const forward = `hostfwd=tcp:127.0.0.1:0-${linuxAddress}:22`;
  return [
    ...['-netdev', `user,id=net,restrict=on,ipv6=off,${forward}`],
    ...['-device', 'virtio-net-device,netdev=net,mac=52:54:00:12:34:56'],
    ...['-object', 'rng-builtin,id=rng', '-device', 'virtio-rng-device,rng=rng'],
    ...['-device', 'virtio-serial-device'],
    ...['-chardev', control],
    ...['-device', `virtserialport,chardev=control,name=${controlPort}`],
  ];
}

/** Console on standard input and output, QMP on descriptor 3, the gdbstub on 4. */
const harnessArguments = (linux: boolean): string[] => [
  ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
  ...['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
  // Nobody listens there until the monitor's command `gdbserver chardev:gdb`.
  ...['-chardev', 'socket,id=gdb,fd=4'],
  ...(linux ? linuxArguments('socket,id=control,fd=5') : []),
];

function ramFileArguments({ machine }: QemuCommand, path: string, options: string): string[] {
  const place = `size=${machine.memory / 0x10_0000}M,mem-path=${path.replaceAll(',', ',,')}`;
  return ['-object', `memory-backend-file,id=ram,${place},${options}`];
}

/** Arguments for a run that is to be saved: its RAM is a file, as it is to be kept. */
export function saveArguments(command: QemuCommand, ram: string): string[] {
  return [
    ...ramFileArguments(command, ram, 'share=on'),
    ...bootArguments(command, ['memory-backend=ram']),
    ...harnessArguments(command.linux ?? false),
  ];
}

/** A machine that was saved: the content of its RAM, and all else. */
export interface SavedMachine {
  readonly ram: string;
  readonly state: string;
}

/**
 * Arguments for a run that goes on where a saved machine was. Its RAM is a private mapping of the
 * saved file: nothing is copied but the pages that are written, and machines share the others.
 */
export function restoreArguments(command: QemuCommand, ram: string): string[] {
  return [
    ...dataArguments(command.dataDirectory),
    ...ramFileArguments(command, ram, 'share=off,readonly=on,rom=off'),
    ...machineArguments(command.machine, ['memory-backend=ram']),
    '-no-reboot',
    ...harnessArguments(command.linux ?? false),
    ...['-incoming', 'defer'],
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
    ...harnessArguments(command.linux ?? false),
  ];
}

/** Arguments with which a person boots the same by hand, at a terminal. */
export function handArguments(command: QemuCommand): string[] {
  const linux = command.linux === true ? linuxArguments('null,id=control') : [];
  return [...bootArguments(command, []), ...linux, '-serial', 'mon:stdio'];
}

/** A command line for a POSIX shell. */
export function shellCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...settings, ...[program, ...args].map(shellWord)].join(' ');
}
