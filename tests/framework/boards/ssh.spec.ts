// SPDX-License-Identifier: Apache-2.0
// The ways in which an SSH session fails, against a mock of a server that fails in them.
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@playwright/test';
import { SshConnection } from '../../../lib/boards/ssh-connection.ts';
import type { SshTarget } from '../../../lib/boards/ssh-connect.ts';
import { CommandError, SshError } from '../../../lib/boards/ssh-errors.ts';
import { makeRunKeys } from '../../../lib/boards/run-keys.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { SubjectError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';
import { failureOf } from '../images/failure-of.ts';
import { MockSshServer } from './mock-ssh-server.ts';

const connect = (target: SshTarget, fate?: Fate): Promise<SshConnection> =>
  SshConnection.connect(target, Deadline.after(20_000), fate);

async function sshErrorOf(work: () => Promise<unknown>): Promise<SshError> {
  const error = await failureOf(work);
  if (error instanceof SshError) return error;
  throw error;
}

test('a command’s output, its errors and its exit code come back', async () => {
  await using server = await MockSshServer.start({
    onCommand: (channel, _connection, command) => {
      channel.write(`${command}\n`);
      channel.stderr.write('a warning\n');
      channel.exit(7);
      channel.end();
    },
  });
  await using ssh = await connect(server.target);

  expect(await ssh.run(['echo', "it's", '$HOME'])).toEqual({
    stdout: `exec echo 'it'\\''s' '$HOME'\n`,
    stderr: 'a warning\n',
    code: 7,
    signal: undefined,
  });
});

test('a command that was to succeed fails with its exit code and what it said', async () => {
  await using server = await MockSshServer.start({
    onCommand: (channel) => {
      channel.stderr.write('no such domain\n');
      channel.exit(2);
      channel.end();
    },
  });
  await using ssh = await connect(server.target);
  const error = await failureOf(() => ssh.output(['xl', 'destroy', 'x']));

  expect(error).toBeInstanceOf(CommandError);
  expect(error.fault).toBe('subject');
  expect(error.message).toBe(
    'mock: `xl destroy x` ended with exit code 2\n  last seen: no such domain',
  );
});

test('a port that nobody listens at', async () => {
  const server = await MockSshServer.start();
  await server[Symbol.asyncDispose]();
  const error = await sshErrorOf(() => connect(server.target));

  expect(error.failure).toBe('port-closed');
  expect(error.message).toContain('mock: nothing takes connections at 127.0.0.1:');
  expect(error.fault).toBe('environment');
});

test('a port behind which no SSH server answers', async () => {
  const server = createServer((socket) => {
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await using mock = await MockSshServer.start();
  const error = await sshErrorOf(() => connect({ ...mock.target, port }));
  server.close();

  expect(error.failure).toBe('no-handshake');
  expect(error.message).toContain('took the connection, but no SSH server answered');
});

test('a server with another key than the one of this run', async () => {
  await using server = await MockSshServer.start();
  const { hostPublicKey } = makeRunKeys();
  const error = await sshErrorOf(() => connect({ ...server.target, hostPublicKey }));

  expect(error.failure).toBe('host-key');
  expect(error.message).toContain('its key is not the one of this run');
  expect(error.message).toContain(`wanted ${hostPublicKey.toString('base64')}`);
  expect(error.message).toContain(`shown  ${server.target.hostPublicKey.toString('base64')}`);
});

test('a server that does not take the user’s key', async () => {
  await using server = await MockSshServer.start({ authenticates: false });
  const error = await sshErrorOf(() => connect(server.target));

  expect(error.failure).toBe('authentication');
  expect(error.message).toContain('does not take the key of the user root');
});

test('a channel that is not opened in time', async () => {
  await using server = await MockSshServer.start({ opensChannels: false });
  await using ssh = await connect(server.target);
  const error = await sshErrorOf(() => ssh.run(['xl', 'list'], { timeoutMs: 50 }));

  expect(error.failure).toBe('channel');
  expect(error.message).toContain('a channel for `exec xl list` was not opened within 50 ms');
});

test('a connection that dies under a command tells how far the command came', async () => {
  await using server = await MockSshServer.start({
    onCommand: (channel, connection) => {
      channel.write('first\nsecond\n', () => {
        connection.end();
      });
    },
  });
  await using ssh = await connect(server.target);
  const error = await sshErrorOf(() => ssh.run(['xl', 'dmesg']));

  expect(error.failure).toBe('connection-died');
  expect(error.message).toContain('mock: `exec xl dmesg` was under way: the connection died');
  expect(error.story.reached).toBe('13 bytes of its standard output, 0 of its standard error');
  expect(error.story.lastSeen).toBe('second');
});

test('a command that does not end tells what it said until then', async () => {
  await using server = await MockSshServer.start({
    onCommand: (channel) => {
      channel.write('so far\n');
    },
  });
  await using ssh = await connect(server.target);
  const error = await sshErrorOf(() => ssh.run(['sleep', '9'], { timeoutMs: 300 }));

  expect(error.failure).toBe('late');
  expect(error.message).toContain('`exec sleep 9` did not end within 300 ms');
  expect(error.story.lastSeen).toBe('so far');
});

test('a machine that dies ends a command with the machine’s own cause', async () => {
  const fate = new Fate();
  const cause = new SubjectError({ who: 'dom0', what: 'its kernel died' });
  await using server = await MockSshServer.start({
    onCommand: () => {
      fate.doom(cause);
    },
  });
  await using ssh = await connect(server.target, fate);

  await expect(ssh.run(['xl', 'list'])).rejects.toBe(cause);
});
