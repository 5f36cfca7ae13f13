// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TftpServer } from '../boot-files/tftp-server.ts';
import type { HostProgramImage } from '../images/index.ts';
import type { LabBoard } from '../lab/lab.ts';
import type { UBootNetwork } from '../u-boot/u-boot.ts';

/** A directory that a TFTP server serves to a board. */
export interface TftpPlace extends AsyncDisposable {
  readonly directory: string;
  /** What the server wants before a name. */
  readonly prefix: string;
  /** How U-Boot reaches it. */
  readonly network: UBootNetwork;
}

/**
 * The lab's server, or one that is started for this boot and ends with it.
 * @throws EnvironmentError when it does not start.
 */
export async function openTftp(
  { network, tftp }: LabBoard,
  program: () => HostProgramImage,
): Promise<TftpPlace> {
  const { board: ipaddr, server, netmask, gateway: gatewayip } = network;
  const common = { ipaddr, netmask, gatewayip };
  if (!('serve' in tftp))
    return {
      directory: tftp.directory,
      prefix: tftp.prefix ?? '',
      network: { ...common, serverip: tftp.server ?? server, tftpPort: tftp.port },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-tftp-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const started = await TftpServer.start(program(), directory, tftp.serve);
    return {
      directory,
      prefix: '',
      network: { ...common, serverip: server, tftpPort: started.port },
      [Symbol.asyncDispose]: async () => {
        await started.dispose();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
