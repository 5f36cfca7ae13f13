// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ImageSet, resolveImages } from '../images/index.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import { type Bytes, GiB } from '../support/units.ts';
import { ControlServer } from './control-server.ts';
import { emulatedHost } from './emulator.ts';
import type { BudgetStage } from '../lab/lab.ts';
import { type DescribedLab, labText } from './lab-text.ts';
import { TftpServer } from '../boot-files/tftp-server.ts';
import { VirtualBoard } from './virtual-board.ts';

/** What a virtual lab is to be. */
export interface VirtualLabOptions {
  /** Default: 1. */
  readonly boards?: 1 | 2;
  /** Made when it is not there; lab.yaml is written into it. */
  readonly directory: string;
  /** Default: 2, which two processors of the host carry well. */
  readonly cpus?: number;
  /** Default: 2 GiB. */
  readonly memory?: Bytes;
  /** Default: what the set-up prepared. */
  readonly images?: Pick<ImageSet, 'qemu' | 'uBoot' | 'tftpd'>;
  /** What lab.yaml gives the stages of a boot, in milliseconds. Default: what is usual. */
  readonly budgets?: Readonly<Partial<Record<BudgetStage, number>>>;
  /** Whether lab.yaml says that consoles come and go. Default: they stay. */
  readonly transient?: boolean;
}

/** A lab of emulated boards; each is reached only as a lab reaches a board. */
export interface VirtualLab extends AsyncDisposable {
  readonly directory: string;
  /** For CROSSPAGE_LAB. */
  readonly labFile: string;
  readonly boards: readonly VirtualBoard[];
  /** Where power is switched and faults are set; who asks shows the token. */
  readonly url: string;
  /** Ends every board and every server. */
  dispose(): Promise<void>;
}

/** What a board of this lab says that it is. */
export const virtualModel = 'ZynqMP ZCU102 emulated by QEMU';

const powerScript = fileURLToPath(new URL('crosspage-power.mjs', import.meta.url));
const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Names and MAC addresses, of Xilinx' range. */
const identities = [
  { name: 'zcu102-virtual', mac: '00:0a:35:00:00:01', address: '10.0.2.15', power: 'http' },
  { name: 'zcu102-virtual-2', mac: '00:0a:35:00:00:02', address: '10.0.2.16', power: 'command' },
] as const;

async function makeDirectories(directory: string): Promise<string> {
  const tftp = join(directory, 'tftp');
  try {
    await mkdir(tftp, { recursive: true });
    await mkdir(join(directory, 'state'), { recursive: true });
    return tftp;
  } catch (error) {
    throw new EnvironmentError(
      {
        who: 'virtual lab',
        what: `its directory cannot be made: ${messageOf(error)}`,
        where: directory,
        remedy: 'name another with --directory',
      },
      { cause: error },
    );
  }
}

/** What a lab leaves behind no more: it would lead to nothing. */
const leads = ['lab.yaml', 'control.url', 'token', 'crosspage-power'];

async function writeSecret(file: string, text: string): Promise<void> {
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  // One that was there before keeps the mode that it had.
  await chmod(file, 0o600);
}

async function writePowerProgram(file: string, directory: string): Promise<void> {
  const words = [process.execPath, powerScript, directory].map(shellQuoted).join(' ');
  await writeFile(file, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(file, 0o755);
}

/** Writes what leads into the lab; lab.yaml last: who finds it finds all. */
async function writeFiles(
  directory: string,
  token: string,
  url: string,
  boards: readonly VirtualBoard[],
  { budgets = {}, transient = false }: Pick<VirtualLabOptions, 'budgets' | 'transient'>,
): Promise<string> {
  const tokenFile = join(directory, 'token');
  const powerProgram = join(directory, 'crosspage-power');
  await writeSecret(tokenFile, token);
  await writeFile(join(directory, 'control.url'), `${url}\n`);
  await writePowerProgram(powerProgram, directory);
  const described = boards.map(({ name, options, tftp, ssh }) => ({
    name,
    model: options.model,
    mac: options.mac,
    address: options.address,
    consoles: VirtualBoard.consolePaths(directory, name),
    power: identities.find((one) => one.name === name)?.power ?? ('http' as const),
    tftpPort: tftp.port,
    sshPort: ssh.port,
  }));
  const tftpDirectory = join(directory, 'tftp');
  const paths = { directory, tokenFile, powerProgram, tftpDirectory };
  const common: DescribedLab = { ...paths, url, server: emulatedHost, budgets, transient };
  const labFile = join(directory, 'lab.yaml');
  await writeFile(labFile, labText(described, common));
  return labFile;
}

/**
 * Starts a virtual lab. Its boards are without power.
 * @throws EnvironmentError when an image is not built, or this machine lacks something.
 */
export async function startVirtualLab(options: VirtualLabOptions): Promise<VirtualLab> {
  const { boards: count = 1, cpus = 2, memory = GiB(2), images = resolveImages() } = options;
  const directory = resolve(options.directory);
  const tftp = await makeDirectories(directory);
  const started: AsyncDisposable[] = [];
  const dispose = async (): Promise<void> => {
    for (const one of started.splice(0).reverse()) await one[Symbol.asyncDispose]();
    for (const name of leads) await rm(join(directory, name), { force: true });
  };
  const kept = <T extends AsyncDisposable>(one: T): T => {
    started.push(one);
    return one;
  };
  try {
    const server = kept(await TftpServer.start(images.tftpd(), tftp));
    const boards: VirtualBoard[] = [];
    for (const { name, mac, address } of identities.slice(0, count)) {
      const common = { directory, images, cpus, memory, tftpPort: server.port };
      boards.push(
        kept(await VirtualBoard.make({ ...common, name, mac, address, model: virtualModel })),
      );
    }
    const token = randomBytes(24).toString('hex');
    const { url } = kept(await ControlServer.start(token, boards));
    const labFile = await writeFiles(directory, token, url, boards, options);
    return { directory, labFile, boards, url, dispose, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
