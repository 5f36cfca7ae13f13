// SPDX-License-Identifier: Apache-2.0
// Keys that a lab names instead of those that a run makes: made and held by OpenSSH's own programs.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { agentKey, makeRunKeys } from '../../../lib/boards/run-keys.ts';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { MisuseError } from '../../../lib/support/errors.ts';

/** The path of a private key that ssh-keygen makes; its public half is beside it. */
function keygen(directory: string, ...options: readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'key');
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', ...options, '-f', path]);
  return path;
}

const text = (path: string): string => readFileSync(path, 'utf8');
/** Type and key, as in authorized_keys. */
const publicLine = (path: string): string => text(`${path}.pub`).trim();

test('the host key that is given is the one that dom0 shows', ({}, { outputDir }) => {
  const path = keygen(outputDir, '-t', 'ed25519');
  const { hostPublicKey, hostPrivateKey } = makeRunKeys({ hostKey: text(path) });

  expect(`ssh-ed25519 ${hostPublicKey.toString('base64')}`).toBe(publicLine(path));
  expect(hostPrivateKey.subarray(-32).equals(hostPublicKey.subarray(-32))).toBe(true);
  expect(makeRunKeys({ hostKey: text(path) }).nonce).not.toBe(
    makeRunKeys({ hostKey: text(path) }).nonce,
  );
});

for (const options of [
  ['-t', 'ed25519'],
  ['-t', 'rsa'],
  ['-t', 'ecdsa'],
] as const)
  test(`a user’s key of type ${options[1]} is let in by its public half`, ({}, { outputDir }) => {
    const path = keygen(outputDir, ...options);
    const keys = makeRunKeys({ userKey: text(path) });

    expect(keys.userPublicKey).toBe(publicLine(path));
    expect(keys.userPrivateKey).toBe(text(path));
  });

test('keys that cannot be used are told with what to do', ({}, { outputDir }) => {
  const rsa = keygen(join(outputDir, 'rsa'), '-t', 'rsa');
  const locked = keygen(join(outputDir, 'locked'), '-t', 'ed25519');
  spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'phrase', '-f', locked]);

  expect(() => makeRunKeys({ hostKey: text(rsa) })).toThrow(
    /^ssh\.hostKey: is a key of type ssh-rsa, and has to be ssh-ed25519\n {2}to do: make one: /,
  );
  expect(() => makeRunKeys({ userKey: text(locked) })).toThrow(
    /^ssh\.key: is no private key without a passphrase: .*\n {2}to do: name another; a key with/,
  );
  expect(() => makeRunKeys({ userKey: publicLine(rsa) })).toThrow('it is a public one');
});

test('an agent’s key is let in, and is not asked out of it', async ({}, { outputDir }) => {
  const path = keygen(outputDir, '-t', 'ed25519');
  // A socket's path is at most 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'agent-'));
  const socket = join(directory, 's');
  try {
    await using agent = await OwnedProcess.start('ssh-agent', ['-D', '-a', socket]);
    await expect.poll(() => agent.end ?? spawnSync('ls', [socket]).status).toBe(0);
    await expect(agentKey(socket)).rejects.toThrow(`the ssh-agent at ${socket} has no key`);
    execFileSync('ssh-add', ['-q', path], { env: { ...process.env, SSH_AUTH_SOCK: socket } });

    const keys = makeRunKeys({ agent: await agentKey(socket) });

    expect(keys.userPublicKey).toBe(publicLine(path));
    expect(keys.userPrivateKey).toBeUndefined();
    expect(keys.agent).toBe(socket);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('without an agent it is said how to start one', async () => {
  await expect(agentKey('')).rejects.toBeInstanceOf(MisuseError);
  await expect(agentKey('/nowhere')).rejects.toThrow(
    /^ssh\.agent: the ssh-agent at \/nowhere cannot be asked: .*\n {2}to do: start one and give it/,
  );
});
