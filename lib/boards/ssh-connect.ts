// SPDX-License-Identifier: Apache-2.0
import ssh2 from 'ssh2';
import type { Deadline } from '../support/deadline.ts';
import { SshError, type SshFailure } from './ssh-errors.ts';

/** Whom to connect to, and by which keys. */
export interface SshTarget {
  /** For errors. */
  readonly who: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** In OpenSSH's form; undefined where an agent has it. */
  readonly privateKey: string | undefined;
  /** The socket of the ssh-agent that has it. */
  readonly agent?: string | undefined;
  /** What the server must show, in wire form. */
  readonly hostPublicKey: Buffer;
  /** How often the other side is asked whether it lives. Default 2 s; ten times unanswered is dead. */
  readonly keepaliveMs?: number;
}

/** The cheapest of what both sides have: a guest that is emulated pays for each instruction. */
const algorithms: ssh2.Algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['chacha20-poly1305@openssh.com', 'aes128-ctr'],
  hmac: ['hmac-sha2-256'],
  compress: ['none'],
};

/** How far a connection came. */
interface Progress {
  connected: boolean;
  /** What the server showed, when it was not what it should be. */
  wrongKey: Buffer | undefined;
  handshaken: boolean;
}

const base64 = (key: Buffer): string => key.toString('base64');

function refused(error: Error & { code?: string; level?: string }, progress: Progress): SshFailure {
  if (progress.wrongKey !== undefined) return 'host-key';
  if (error.level === 'client-authentication') return 'authentication';
  if (!progress.connected) return 'port-closed';
  return progress.handshaken ? 'connection-died' : 'no-handshake';
}

function explain(target: SshTarget, progress: Progress, error: Error): SshError {
  const failure = refused(error, progress);
  const at = `${target.host}:${target.port}`;
  const whats: Partial<Record<SshFailure, string>> = {
    'port-closed': `nothing takes connections at ${at}: ${error.message}`,
    'host-key': `the server at ${at} is another: its key is not the one of this run`,
    authentication: `the server at ${at} does not take the key of the user ${target.username}`,
    'no-handshake': `${at} took the connection, but no SSH server answered: ${error.message}`,
    'connection-died': `the connection to ${at} died before the user was known: ${error.message}`,
  };
  const { wrongKey } = progress;
  return new SshError(
    failure,
    {
      who: target.who,
      what: whats[failure] ?? error.message,
      lastSeen: wrongKey && `wanted ${base64(target.hostPublicKey)}\nshown  ${base64(wrongKey)}`,
      remedy:
        failure === 'host-key'
          ? 'another program listens there, or the machine kept the keys of another run'
          : 'look at the machine’s console for what its SSH server says',
    },
    { cause: error },
  );
}

/**
 * A client that has connected, seen the right key, and authenticated.
 * @throws SshError that says how far it came.
 */
export async function connectClient(target: SshTarget, deadline: Deadline): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  const progress: Progress = { connected: false, wrongKey: undefined, handshaken: false };
  const ready = new Promise<ssh2.Client>((resolve, reject) => {
    client.on('connect', () => (progress.connected = true));
    client.on('handshake', () => (progress.handshaken = true));
    client.on('ready', () => {
      resolve(client);
    });
    client.on('error', (error) => {
      reject(explain(target, progress, error));
    });
    client.on('close', () => {
      reject(explain(target, progress, new Error('the other side closed the connection')));
    });
    client.connect({
      host: target.host,
      port: target.port,
      username: target.username,
      ...(target.agent === undefined
        ? { privateKey: target.privateKey ?? '', authHandler: ['publickey'] }
        : { agent: target.agent, authHandler: ['agent'] }),
      algorithms,
      hostVerifier: (key: Buffer) => {
        if (key.equals(target.hostPublicKey)) return true;
        progress.wrongKey = key;
        return false;
      },
      keepaliveInterval: target.keepaliveMs ?? 2000,
      // A host that does other things too may give an emulated machine little time.
      keepaliveCountMax: 10,
      readyTimeout: 0, // The deadline's work.
    });
  });
  const late = (): Error =>
    explain(
      target,
      progress,
      new Error(`nothing more came within ${Math.round(deadline.budgetMs)} ms`),
    );
  try {
    return await deadline.bound(ready, late);
  } catch (error) {
    client.destroy();
    throw error;
  }
}
