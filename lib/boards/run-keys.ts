// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** Keys of one run: made on the host, handed to the machine, kept by nobody. */
export interface RunKeys {
  /** The run's nonce, eight hexadecimal digits. */
  readonly nonce: string;
  /** What the server must show: the wire form of its public key (RFC 4253, 6.6). */
  readonly hostPublicKey: Buffer;
  /** The server's private key in dropbear's form. */
  readonly hostPrivateKey: Buffer;
  /** The user's private key in OpenSSH's form. */
  readonly userPrivateKey: string;
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

function makeRawKey(): RawKey {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { secret: Buffer.from(d, 'base64url'), open: Buffer.from(x, 'base64url') };
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

/** Makes keys that no other run has. */
export function makeRunKeys(): RunKeys {
  const host = makeRawKey();
  const user = makeRawKey();
  return {
    nonce: randomBytes(4).toString('hex'),
    hostPublicKey: publicForm(host),
    // dropbear, src/ed25519.c, buf_put_ed25519_priv_key.
    hostPrivateKey: Buffer.concat([wire(type), wire(Buffer.concat([host.secret, host.open]))]),
    userPrivateKey: openSshForm(user),
    userPublicKey: `${type} ${publicForm(user).toString('base64')}`,
  };
}

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
