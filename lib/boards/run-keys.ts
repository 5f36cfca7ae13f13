// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { MisuseError } from '../support/errors.ts';

/** What is needed of a run's keys to reach a dom0 that has them. */
export interface SshKeys {
  /** The run's nonce, eight hexadecimal digits. */
  readonly nonce: string;
  /** What the server must show: the wire form of its public key (RFC 4253, 6.6). */
  readonly hostPublicKey: Buffer;
  /** The user's private key in OpenSSH's form; undefined where an agent has it. */
  readonly userPrivateKey: string | undefined;
  /** The socket of the ssh-agent that has the user's key. */
  readonly agent?: string | undefined;
}

/** Keys of one run: made on the host, handed to the machine, kept by nobody but the run's processes. */
export interface RunKeys extends SshKeys {
  /** The server's private key in dropbear's form. */
  readonly hostPrivateKey: Buffer;
  /** A line of authorized_keys. */
  readonly userPublicKey: string;
}

const type = 'ssh-ed25519';

/** A string of the SSH protocol: its length in four bytes, then itself (RFC 4251, 5). */
function wire(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** An Ed25519 key as its 32 secret and 32 public bytes. */
interface RawKey {
  readonly secret: Buffer;
  readonly open: Buffer;
}

function rawForm({ d = '', x = '' }: { readonly d?: string; readonly x?: string }): RawKey {
  return { secret: Buffer.from(d, 'base64url'), open: Buffer.from(x, 'base64url') };
}

const makeRawKey = (): RawKey =>
  rawForm(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));

/** @throws MisuseError when it is none that can be used without being asked for a passphrase. */
function readKey(what: string, text: string): ssh2.ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  throw new MisuseError({
    who: what,
    what: `is no private key without a passphrase: ${key instanceof Error ? key.message : 'it is a public one'}`,
    remedy: 'name another; a key with a passphrase is used by an agent: `agent: true`',
  });
}

function readHostKey(text: string): RawKey {
  const key = readKey('ssh.hostKey', text);
  if (key.type === type)
    return rawForm(createPrivateKey(key.getPrivatePEM()).export({ format: 'jwk' }));
  throw new MisuseError({
    who: 'ssh.hostKey',
    what: `is a key of type ${key.type}, and has to be ${type}`,
    remedy: 'make one: ssh-keygen -t ed25519 -N "" -f FILE',
  });
}

const publicForm = ({ open }: RawKey): Buffer => Buffer.concat([wire(type), wire(open)]);

/**
 * OpenSSH's form of a private key without a passphrase (its PROTOCOL.key). Written here: ssh2's own
 * generator now and then makes one that ssh2 does not read.
 */
function openSshForm(key: RawKey): string {
  const one = Buffer.from([0, 0, 0, 1]);
  const check = randomBytes(4);
  const body = [
    check,
    check,
    publicForm(key),
    wire(Buffer.concat([key.secret, key.open])),
    wire(''),
  ];
  const length = body.reduce((sum, part) => sum + part.length, 0);
  // Padded to the cipher's block of eight, by 1, 2, 3, ...
  const padding = Buffer.from(Array.from({ length: -length & 7 }, (_unused, index) => index + 1));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(wire),
    one,
    wire(publicForm(key)),
    wire(Buffer.concat([...body, padding])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  const [begin, end] = ['BEGIN', 'END'].map((edge) => `-----${edge} OPENSSH PRIVATE KEY-----`);
  return `${[begin, ...lines, end].join('\n')}\n`;
}

const authorizedLine = (key: ssh2.ParsedKey): string =>
  `${key.type} ${key.getPublicSSH().toString('base64')}`;

/** Keys that are not made for a run but given, as texts of private keys. */
export interface GivenKeys {
  /** What dom0 shows, so that it can be pinned: Ed25519. */
  readonly hostKey?: string | undefined;
  readonly userKey?: string | undefined;
  /** The socket of an ssh-agent, and what it has. */
  readonly agent?: { readonly socket: string; readonly key: ssh2.ParsedKey } | undefined;
}

/** The user's part of a run's keys. */
function userKeys({ userKey, agent }: GivenKeys): Omit<RunKeys, 'nonce' | `host${string}`> {
  if (agent !== undefined)
    return {
      userPrivateKey: undefined,
      userPublicKey: authorizedLine(agent.key),
      agent: agent.socket,
    };
  if (userKey !== undefined)
    return {
      userPrivateKey: userKey,
      userPublicKey: authorizedLine(readKey('ssh.key', userKey)),
    };
  const user = makeRawKey();
  return {
    userPrivateKey: openSshForm(user),
    userPublicKey: `${type} ${publicForm(user).toString('base64')}`,
  };
}

/**
 * Makes keys that no other run has, but for those that are given.
 * @throws MisuseError for a given key that cannot be used.
 */
export function makeRunKeys(given: GivenKeys = {}): RunKeys {
  const host = given.hostKey === undefined ? makeRawKey() : readHostKey(given.hostKey);
  return {
    nonce: randomBytes(4).toString('hex'),
    hostPublicKey: publicForm(host),
    // dropbear, src/ed25519.c, buf_put_ed25519_priv_key.
    hostPrivateKey: Buffer.concat([wire(type), wire(Buffer.concat([host.secret, host.open]))]),
    ...userKeys(given),
  };
}

/**
 * The first key of the ssh-agent that SSH_AUTH_SOCK leads to.
 * @throws MisuseError when there is no agent, or it has no key.
 */
export async function agentKey(
  socket = process.env['SSH_AUTH_SOCK'] ?? '',
): Promise<NonNullable<GivenKeys['agent']>> {
  const none = (why: string): MisuseError =>
    new MisuseError({
      who: 'ssh.agent',
      what: why,
      remedy: 'start one and give it a key: eval $(ssh-agent); ssh-add FILE',
    });
  if (socket === '') throw none('no ssh-agent runs: SSH_AUTH_SOCK is not set');
  const keys = await new Promise<ssh2.ParsedKey[]>((resolve, reject) => {
    ssh2.createAgent(socket).getIdentities((error, found = []) => {
      if (error) reject(none(`the ssh-agent at ${socket} cannot be asked: ${error.message}`));
      else resolve(found.map((one) => ssh2.utils.parseKey(one as Buffer)).filter(isKey));
    });
  });
  const [key] = keys;
  if (key === undefined) throw none(`the ssh-agent at ${socket} has no key`);
  return { socket, key };
}

const isKey = (key: ssh2.ParsedKey | Error): key is ssh2.ParsedKey => !(key instanceof Error);

/** For a shell's printf. */
const octal = (bytes: Buffer): string =>
  [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

/** The message by which `images/dom0`'s init is handed the keys, and the time. */
export function keyMessage(keys: RunKeys, now: Date): string {
  const words = [
    ['nonce', keys.nonce],
    ['clock', String(Math.floor(now.getTime() / 1000))],
    ['host-key', octal(keys.hostPrivateKey)],
    ['authorized', keys.userPublicKey],
  ];
  return `${words.map(([key = '', value = '']) => `${key} ${value}\n`).join('')}end -\n`;
}
