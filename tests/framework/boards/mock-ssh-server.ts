// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { makeRunKeys } from '../../../lib/boards/run-keys.ts';
import type { SshTarget } from '../../../lib/boards/ssh-connect.ts';

/** How the mock behaves where it does not simply serve. */
export interface MockBehaviour {
  /** Whether the user's key is taken. Default true. */
  readonly authenticates?: boolean;
  /** Whether a channel is ever opened. Default true. */
  readonly opensChannels?: boolean;
  /** Serves a command. Default: exit code 0 without a word. */
  readonly onCommand?: (channel: ServerChannel, connection: Connection, command: string) => void;
}

/** A mock of an SSH server on the loopback: ssh2's own server, told how to misbehave. */
export class MockSshServer implements AsyncDisposable {
  readonly target: SshTarget;
  readonly #server: ssh2.Server;

  private constructor(server: ssh2.Server, target: SshTarget) {
    this.#server = server;
    this.target = target;
  }

  static async start(behaviour: MockBehaviour = {}): Promise<MockSshServer> {
    // A user's key will do as a server's: both are of one form.
    const host = makeRunKeys();
    const server = new ssh2.Server({ hostKeys: [host.userPrivateKey ?? ''] }, (connection) => {
      serve(connection, behaviour);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new MockSshServer(server, {
      who: 'mock',
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      username: 'root',
      privateKey: makeRunKeys().userPrivateKey,
      hostPublicKey: Buffer.from(host.userPublicKey.split(' ')[1] ?? '', 'base64'),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function serve(connection: Connection, behaviour: MockBehaviour): void {
  const { authenticates = true, opensChannels = true, onCommand } = behaviour;
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => {
    if (authenticates) context.accept();
    else context.reject();
  });
  connection.on('session', (accept) => {
    if (!opensChannels) return;
    accept().on('exec', (acceptCommand, _reject, { command }) => {
      const channel = acceptCommand();
      if (onCommand !== undefined) onCommand(channel, connection, command);
      else {
        channel.exit(0);
        channel.end();
      }
    });
  });
}
