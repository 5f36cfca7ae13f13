// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinuxAccess } from '../boards/board.ts';
import {
  agentKey,
  type GivenKeys,
  keyMessage,
  makeRunKeys,
  type SshKeys,
} from '../boards/run-keys.ts';
import { type SecretReference, Secrets } from '../host/secrets.ts';
import { dom0GuestPaths, dom0ProbePath, type LinuxImages } from '../boot-files/linux-images.ts';
import { writePrivateRamdisk } from '../images/index.ts';
import type { LabSsh } from '../lab/lab.ts';
import { EnvironmentError } from '../support/errors.ts';

/** Where dom0's init looks for keys that it was given with its root file system. */
const keyFile = 'etc/crosspage-keys';

/** A Linux dom0 for one boot of a board, with keys that no other boot has. */
export interface BoardLinux {
  readonly kernel: string;
  readonly ramdisk: string;
  readonly access: LinuxAccess;
  /** Deletes what holds keys. */
  dispose(): Promise<void>;
}

/** The keys that the lab file names, read where they are. */
async function givenKeys(who: string, ssh: LabSsh | undefined): Promise<GivenKeys> {
  const secrets = new Secrets();
  const read = (reference: SecretReference | undefined): string | undefined =>
    reference === undefined ? undefined : secrets.read(who, reference);
  return {
    hostKey: read(ssh?.hostKey),
    userKey: read(ssh?.key),
    agent: ssh?.agent === true ? await agentKey() : undefined,
  };
}

/**
 * Makes the keys of a boot, but for those that the lab file names, and a root file system with them.
 * @throws MisuseError for a key that cannot be used; EnvironmentError for one that is not there.
 */
export async function prepareLinux(
  who: string,
  images: LinuxImages,
  ssh: LabSsh | undefined,
): Promise<BoardLinux> {
  const keys = makeRunKeys(await givenKeys(who, ssh));
  const directory = await mkdtemp(join(tmpdir(), 'crosspage-'));
  const ramdisk = join(directory, 'ramdisk');
  await writePrivateRamdisk(images.ramdisk, { [keyFile]: keyMessage(keys, new Date()) }, ramdisk);
  return {
    kernel: images.kernel.path,
    ramdisk,
    access: accessBy(who, keys, ssh),
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

function accessBy(who: string, keys: SshKeys, ssh: LabSsh | undefined): LinuxAccess {
  return {
    control: undefined,
    keys,
    probePath: dom0ProbePath,
    guestPaths: dom0GuestPaths,
    sshAddress: () => {
      if (ssh !== undefined) return Promise.resolve({ host: ssh.host, port: ssh.port ?? 22 });
      const what = 'the lab file does not say where its dom0 is reached by SSH';
      const remedy = 'give ssh.host in the lab file';
      return Promise.reject(new EnvironmentError({ who, what, remedy }));
    },
  };
}

/**
 * What the next worker has to know to reach a dom0 that is left running. It goes by the station's
 * socket, which only its owner may use, and is kept in memory: no file, log or report holds it.
 */
export interface LeftKeys {
  readonly nonce: string;
  /** In base64. */
  readonly hostPublicKey: string;
  /** Absent where the lab file names it, or an agent has it: there it is read again. */
  readonly userPrivateKey?: string | undefined;
}

/** What is left of the keys of a boot for the next worker. */
export function leaveKeys(keys: SshKeys, ssh: LabSsh | undefined): LeftKeys {
  const { nonce, hostPublicKey, userPrivateKey } = keys;
  const own = ssh?.key === undefined && ssh?.agent !== true;
  return {
    nonce,
    hostPublicKey: hostPublicKey.toString('base64'),
    ...(own && { userPrivateKey }),
  };
}

/** The way to a dom0 that an earlier worker has left, by the keys of its boot. Errors: {@link prepareLinux}. */
export async function reachLinux(
  who: string,
  { nonce, hostPublicKey, userPrivateKey }: LeftKeys,
  ssh: LabSsh | undefined,
): Promise<LinuxAccess> {
  const { userKey, agent } = await givenKeys(who, ssh);
  const keys = {
    nonce,
    hostPublicKey: Buffer.from(hostPublicKey, 'base64'),
    userPrivateKey: userPrivateKey ?? userKey,
    agent: agent?.socket,
  };
  return accessBy(who, keys, ssh);
}
