// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import ssh2 from 'ssh2';
import { keyMessage, makeRunKeys } from '../../../lib/boards/run-keys.ts';

/** The value of one word of a message. */
function word(message: string, key: string): string {
  return new RegExp(`^${key} (.*)$`, 'm').exec(message)?.[1] ?? '';
}

test('no two runs have a key or a nonce in common', () => {
  const [one, two] = [makeRunKeys(), makeRunKeys()];

  expect(one.nonce).not.toBe(two.nonce);
  expect(one.userPrivateKey).not.toBe(two.userPrivateKey);
  expect(one.hostPrivateKey.equals(two.hostPrivateKey)).toBe(false);
});

test('the host key in dropbear’s form holds the public key that the client wants', () => {
  const { hostPrivateKey, hostPublicKey } = makeRunKeys();
  const type = Buffer.from('\0\0\0\x0bssh-ed25519');

  expect(hostPrivateKey.subarray(0, 19)).toEqual(Buffer.concat([type, Buffer.from([0, 0, 0, 64])]));
  expect(hostPrivateKey.subarray(-32).equals(hostPublicKey.subarray(-32))).toBe(true);
  expect(ssh2.utils.parseKey(`ssh-ed25519 ${hostPublicKey.toString('base64')}`)).not.toBeInstanceOf(
    Error,
  );
});

test('a shell’s printf makes the host key of the message again, byte for byte', () => {
  const keys = makeRunKeys();
  const text = word(keyMessage(keys, new Date()), 'host-key');
  // `read -r` leaves backslashes alone; printf reads them.
  const script = 'read -r value; printf "$value"';
  const { stdout } = spawnSync('/bin/sh', ['-c', script], { input: `${text}\n` });

  expect(stdout.equals(keys.hostPrivateKey)).toBe(true);
});

test('the message carries nonce and time, never the user’s private key, and an end', () => {
  const keys = makeRunKeys();
  const message = keyMessage(keys, new Date(1_764_088_000_500));

  expect(word(message, 'nonce')).toBe(keys.nonce);
  expect(word(message, 'clock')).toBe('1764088000');
  expect(word(message, 'authorized')).toBe(keys.userPublicKey);
  expect(message).not.toContain('PRIVATE');
  expect(message).toMatch(/\nend -\n$/);
});

test('a client reads every private key, whatever its bytes', () => {
  const unread = Array.from({ length: 200 }, () => makeRunKeys())
    .map(({ userPrivateKey = '' }) => ssh2.utils.parseKey(userPrivateKey))
    .filter((key) => key instanceof Error);

  expect(unread).toEqual([]);
});
