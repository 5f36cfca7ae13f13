// SPDX-License-Identifier: Apache-2.0
import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { CommandError, type CommandResult, SshError } from './ssh-errors.ts';
import { connectClient, type SshTarget } from './ssh-connect.ts';
import { shellWords } from './shell-words.ts';

/** How long things may take that say nothing else. */
const budgets = { channelMs: 10_000, commandMs: 30_000, transferMs: 30_000 };

/** How a command is run. */
export interface CommandOptions {
  /** From the request to the command's end. Default 30 s. */
  readonly timeoutMs?: number;
  /** What it reads from its standard input. Default: nothing. */
  readonly input?: string | Buffer;
}

/** What came of a command so far. */
interface Heard {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
}

/** A command that goes on while something is said to it. */
export interface CommandStream {
  /** Settles with how it ended; rejects when the connection died under it. */
  readonly ended: Promise<CommandResult>;
  /** Calls `listener` with each piece of its standard output. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /** To its standard input. */
  write(text: string): void;
  /** Ends its standard input. */
  end(): void;
}

interface RunningCommand {
  readonly channel: ClientChannel;
  readonly ended: Promise<CommandResult>;
}

function howFar({ stdout, stderr }: Heard): { reached: string; lastSeen: string } {
  const sizes = [stdout, stderr].map((chunks) =>
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
  const lines = Buffer.concat(stdout).toString().trimEnd().split('\n');
  return {
    reached: `${sizes[0] ?? 0} bytes of its standard output, ${sizes[1] ?? 0} of its standard error`,
    lastSeen: lines.at(-1) === '' ? 'nothing' : (lines.at(-1) ?? 'nothing'),
  };
}

/**
 * One SSH connection: commands and files by channels of it. What ends the connection, or the
 * machine behind it, ends every wait, with the cause.
 */
export class SshConnection implements AsyncDisposable {
  readonly #client: Client;
  readonly #who: string;
  readonly #fate = new Fate();
  #sftp: Promise<SFTPWrapper> | undefined;
  #closing = false;

  private constructor(who: string, client: Client, machine: Fate | undefined) {
    this.#who = who;
    this.#client = client;
    machine?.onDoom((error) => {
      this.#fate.doom(error);
    });
    let cause: Error | undefined;
    client.on('error', (error) => {
      cause ??= error;
    });
    client.on('close', () => {
      this.#fate.doom(
        new SshError('connection-died', {
          who,
          what: this.#closing
            ? 'the connection was closed while something was under way'
            : `the connection died: ${cause === undefined ? 'the other side closed it' : cause.message}`,
        }),
      );
    });
  }

  /**
   * Connects, checks the server's key and authenticates.
   * @throws SshError that says which of these failed; what ended the machine.
   */
  static async connect(
    target: SshTarget,
    deadline: Deadline,
    machine?: Fate,
  ): Promise<SshConnection> {
    const connecting = connectClient(target, deadline);
    const client = await (machine === undefined ? connecting : machine.guard(connecting));
    return new SshConnection(target.who, client, machine);
  }

  /**
   * Runs a command and waits for its end, whatever that is.
   * @throws SshError when the connection does not carry it to its end; what ended the machine.
   */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    // Without a shell that waits: its end is the command's own, a signal too.
    const command = `exec ${shellWords(argv)}`;
    const deadline = Deadline.after(options.timeoutMs ?? budgets.commandMs);
    const heard: Heard = { stdout: [], stderr: [] };
    const { channel, ended } = await this.#open<RunningCommand>(command, deadline, (done) => {
      this.#client.exec(command, (error, opened) => {
        if (error !== undefined) done(error);
        // At once: the end of a short command comes in the same packet as the channel's opening.
        else
          done(undefined, { channel: opened, ended: this.#follow(opened, heard, options.input) });
      });
    });
    try {
      return await this.#fate.guard(
        deadline.bound(ended, () => this.#late(command, heard, deadline)),
      );
    } catch (error) {
      channel.close();
      throw this.#interrupted(command, heard, error);
    }
  }

  /**
   * Starts a command that goes on, and returns once it is started.
   * @throws SshError when it cannot be; what ended the machine.
   */
  async stream(argv: readonly string[], deadline: Deadline): Promise<CommandStream> {
    const command = `exec ${shellWords(argv)}`;
    const heard: Heard = { stdout: [], stderr: [] };
    return this.#open<CommandStream>(command, deadline, (done) => {
      this.#client.exec(command, (error, channel) => {
        if (error !== undefined) {
          done(error);
          return;
        }
        const ended = this.#fate.guard(this.#endOf(channel, heard));
        ended.catch(() => undefined); // Whoever waits for it is told.
        done(undefined, {
          ended,
          // What came before is kept until then.
          onOutput: (listener) => channel.on('data', listener),
          write: (text) => channel.write(text),
          end: () => channel.end(),
        });
      });
    });
  }

  /**
   * The standard output of a command that has to succeed.
   * @throws CommandError when it does not; SshError as {@link run}.
   */
  async output(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.code !== 0) throw new CommandError(this.#who, shellWords(argv), result);
    return result.stdout;
  }

  /** Writes a file on the other side. @throws SshError when that does not go. */
  async upload(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await this.#transfer(`write ${path}`, (sftp, done) => {
      sftp.writeFile(path, Buffer.from(content as string), { mode }, done);
    });
  }

  /** Reads a file of the other side. @throws SshError when that does not go. */
  async download(path: string): Promise<Buffer> {
    return this.#transfer<Buffer>(`read ${path}`, (sftp, done) => {
      sftp.readFile(path, done);
    });
  }

  /** Ends the connection. Idempotent. */
  dispose(): Promise<void> {
    this.#closing = true;
    this.#client.end();
    // A machine that is gone does not answer to an end.
    this.#client.destroy();
    return Promise.resolve();
  }

  /** {@link dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #open<T>(
    what: string,
    deadline: Deadline,
    request: (done: (error: Error | undefined, channel?: T) => void) => void,
  ): Promise<T> {
    this.#fate.check();
    const within = deadline.within(budgets.channelMs);
    const failed = (why: string, cause?: unknown): SshError =>
      new SshError(
        'channel',
        { who: this.#who, what: `a channel for \`${what}\` ${why}`, remedy: 'look at the console' },
        { cause },
      );
    const opened = new Promise<T>((resolve, reject) => {
      request((error, channel) => {
        if (channel !== undefined) resolve(channel);
        else reject(failed(`was refused: ${error?.message ?? 'no reason given'}`, error));
      });
    });
    const late = (): Error => failed(`was not opened within ${Math.round(within.budgetMs)} ms`);
    return this.#fate.guard(within.bound(opened, late));
  }

  #follow(
    channel: ClientChannel,
    heard: Heard,
    input: string | Buffer | undefined,
  ): Promise<CommandResult> {
    channel.on('data', (chunk: Buffer) => heard.stdout.push(chunk));
    channel.end(input);
    return this.#endOf(channel, heard);
  }

  /** How a command ends; what it says of errors is kept until then. */
  #endOf(channel: ClientChannel, heard: Heard): Promise<CommandResult> {
    channel.stderr.on('data', (chunk: Buffer) => heard.stderr.push(chunk));
    return new Promise((resolve) => {
      let end: { code: number | undefined; signal: string | undefined } | undefined;
      channel.on('exit', (code: number | null, signal?: string) => {
        end = { code: code ?? undefined, signal: signal?.replace(/^SIG/, '') };
      });
      channel.on('close', () => {
        // Without an exit status the connection died under it, and the fate tells of that.
        if (end === undefined) return;
        const [stdout, stderr] = [heard.stdout, heard.stderr].map((chunks) =>
          Buffer.concat(chunks).toString(),
        );
        resolve({ stdout: stdout ?? '', stderr: stderr ?? '', ...end });
      });
    });
  }

  async #transfer<T = void>(
    what: string,
    act: (sftp: SFTPWrapper, done: (error: Error | undefined | null, result: T) => void) => void,
  ): Promise<T> {
    const deadline = Deadline.after(budgets.transferMs);
    this.#sftp ??= this.#open<SFTPWrapper>('sftp', deadline, (done) => {
      this.#client.sftp(done);
    }).catch((error: unknown) => {
      // The next transfer asks anew.
      this.#sftp = undefined;
      throw error;
    });
    const sftp = await this.#sftp;
    const failed = (failure: 'file' | 'late', why: string, cause?: unknown): SshError =>
      new SshError(failure, { who: this.#who, what: `could not ${what}: ${why}` }, { cause });
    const done = new Promise<T>((resolve, reject) => {
      act(sftp, (error, result) => {
        if (error === undefined || error === null) resolve(result);
        else reject(failed('file', error.message, error));
      });
    });
    const late = (): Error => failed('late', `it took more than ${budgets.transferMs} ms`);
    return this.#fate.guard(deadline.bound(done, late));
  }

  #late(command: string, heard: Heard, deadline: Deadline): SshError {
    return new SshError('late', {
      who: this.#who,
      what: `\`${command}\` did not end within ${Math.round(deadline.budgetMs)} ms`,
      ...howFar(heard),
    });
  }

  /** The same failure, with what the command had said until then. */
  #interrupted(command: string, heard: Heard, error: unknown): unknown {
    if (!(error instanceof SshError) || error.failure !== 'connection-died') return error;
    const what = `\`${command}\` was under way: ${messageOf(error).split('\n')[0]?.replace(`${this.#who}: `, '') ?? ''}`;
    return new SshError(
      'connection-died',
      { ...error.story, what, ...howFar(heard) },
      { cause: error },
    );
  }
}
