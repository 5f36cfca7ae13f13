// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import type { Console } from '../console/console.ts';
import type { Deadline } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import { bracketed, checkCommand, findStatus, readStatus } from './commands.ts';
import { defaultTiming, Dialogue, type DialogueTiming } from './dialogue.ts';
import { checkCrc, checkSize } from './loaded.ts';
import type { UBootProfile } from './profile.ts';

/** What a command printed, without its echo, and how it ended. */
export interface CommandResult {
  /** As the line gave it: characters may be lost; {@link UBoot.read} makes sure of them. */
  readonly output: readonly string[];
  /** U-Boot's `$?`: 0 is success. */
  readonly status: number;
}

/** A file that U-Boot fetches. */
export interface LoadOrder {
  /** Its name as the TFTP server knows it. */
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  /** CRC-32 of the whole file, as lib/support/checksum.ts makes it. */
  readonly crc32: number;
}

/** The board's side of the network; set for this boot alone. */
export interface UBootNetwork {
  readonly ipaddr: string;
  readonly serverip: string;
  readonly netmask?: string | undefined;
  readonly gatewayip?: string | undefined;
  /** UDP port of the TFTP server, when it is not 69; needs CONFIG_TFTP_PORT. */
  readonly tftpPort?: number | undefined;
}

/** How often what may be repeated is asked until two answers agree. */
const readings = 6;
/** While a file comes U-Boot prints at least a `T` every few seconds (net/tftp.c). */
const loadQuietMs = 20_000;

/** More lines than noise makes between the countdown and the prompt. */
const strayLines = 2;

/** Whether U-Boot did something between its countdown and its prompt; a kernel's messages do not count. */
function saysMore(lines: readonly string[], { prompt }: UBootProfile): boolean {
  const ours = (text: string): boolean =>
    text.trim() !== '' &&
    !/^\[ *\d+\.\d+\]|<INTERRUPT>/.test(text) &&
    !text.startsWith(prompt.slice(0, 4));
  return lines.filter(ours).length > strayLines;
}

/** A U-Boot at its prompt, behind a console that nobody else types on. */
export class UBoot {
  readonly #console: Console;
  readonly #profile: UBootProfile;
  readonly #who: string;
  readonly #dialogue: Dialogue;
  #runs = 0;
  /** Of this U-Boot: what an earlier one left in a variable is not taken for an answer. */
  readonly #nonce = randomBytes(2).toString('hex');

  constructor(
    who: string,
    console: Console,
    profile: UBootProfile,
    timing: DialogueTiming = defaultTiming,
  ) {
    this.#who = who;
    this.#console = console;
    this.#profile = profile;
    this.#dialogue = new Dialogue(who, console, profile, timing);
  }

  /**
   * Waits for the countdown, stops it, and proves that the prompt answers.
   * @throws EnvironmentError when the countdown or the prompt does not come in time.
   */
  interruptAutoboot(deadline: Deadline): Promise<void> {
    return this.#judged(this.#interruptAutoboot(deadline));
  }

  async #interruptAutoboot(deadline: Deadline): Promise<void> {
    const dialogue = this.#dialogue;
    const countdown = new RegExp(this.#profile.autobootLine);
    const { firstLine } = this.#console;
    const said = (): string[] => dialogue.since(firstLine);
    const countdownAt = (): number => said().findIndex((line) => countdown.test(line));
    const begun = (): true | undefined =>
      dialogue.atPrompt || countdownAt() >= 0 ? true : undefined;
    await this.#console.waitUntil(begun, {
      deadline,
      late: () => dialogue.error('did not come to its countdown in time'),
    });
    const prompt = (): true | undefined => (dialogue.atPrompt ? true : undefined);
    do {
      if (dialogue.atTornPrompt) dialogue.askAnew();
      else if (!dialogue.atPrompt) dialogue.send(this.#profile.interrupt);
      await dialogue.untilQuiet(prompt, dialogue.timing.echoQuietMs, deadline);
    } while (!dialogue.atPrompt && !deadline.passed);
    if (!dialogue.atPrompt)
      throw dialogue.error('was not stopped in its countdown: there is no prompt');
    // It comes back from a boot command that finds nothing, with an environment that is not its own.
    if (countdownAt() >= 0 && saysMore(said().slice(countdownAt() + 1), this.#profile))
      throw dialogue.error('was not stopped in its countdown: it ran its boot command');
    // Interrupts that came too late stand at the prompt.
    await dialogue.cleanPrompt(deadline, 'to begin');
    await this.run('true', deadline);
  }

  /**
   * Runs one short command, once; it is begun only after its echo was right, so never a garbled
   * one.
   * @throws EnvironmentError when the line garbles more than can be repaired.
   * @throws SubjectError when U-Boot takes an abort, or resets.
   */
  run(
    command: string,
    deadline: Deadline,
    quietMs = this.#dialogue.timing.runQuietMs,
  ): Promise<CommandResult> {
    return this.#judged(this.#run(command, deadline, quietMs));
  }

  async #run(command: string, deadline: Deadline, quietMs: number): Promise<CommandResult> {
    checkCommand(this.#who, command);
    const dialogue = this.#dialogue;
    const token = `r${this.#nonce}${(this.#runs++).toString(36)}_`;
    const line = bracketed(command, token);
    const at = await dialogue.type(line, deadline);
    await dialogue.enter(line, at, deadline);
    const seen = (): { status?: CommandResult; back?: true } | undefined => {
      const status = findStatus(dialogue.since(at + 1), token);
      if (status !== undefined) return { status };
      return dialogue.atPrompt && dialogue.here > at ? { back: true } : undefined;
    };
    const found = await dialogue.untilQuiet(seen, quietMs, deadline);
    if (found?.status !== undefined) return this.#backAtPrompt(found.status, deadline);
    if (deadline.passed) throw await this.#stopped(command, 'did not end', deadline);
    return this.#readAgain(command, token, at, deadline);
  }

  /**
   * {@link run} of what may be repeated, until two runs printed the same: text to rely on.
   * @throws EnvironmentError when no two do.
   */
  async read(command: string, deadline: Deadline): Promise<CommandResult> {
    const seen = new Set<string>();
    for (let reading = 0; reading < readings; reading++) {
      const result = await this.run(command, deadline);
      const text = JSON.stringify(result);
      if (seen.has(text)) return result;
      seen.add(text);
    }
    throw this.#dialogue.error(`printed something else each time: ${command}`);
  }

  /** Sets the network for this boot; the environment is never saved. */
  async setNetwork(network: UBootNetwork, deadline: Deadline): Promise<void> {
    const { tftpPort, ...addresses } = network;
    const variables: [string, string | number | undefined][] = [
      ...Object.entries(addresses),
      ['tftpdstp', tftpPort],
    ];
    for (const [name, value] of variables) {
      if (value === undefined) continue;
      const { status } = await this.run(`setenv ${name} ${value}`, deadline);
      if (status !== 0) throw this.#dialogue.error(`did not set ${name} to ${value}`);
    }
  }

  /**
   * Loads a file by TFTP and checks its size and CRC in the board's memory.
   * @throws EnvironmentError when it does not arrive, or another file does.
   */
  async load(file: LoadOrder, deadline: Deadline): Promise<void> {
    const command = `tftpboot ${hex(file.address)} ${file.name}`;
    const { output, status } = await this.run(command, deadline, loadQuietMs);
    const failed = (what: string): Error => this.#dialogue.error(`${what} (${command})`);
    if (status !== 0) {
      const told = output.find((line) => /error|timeout|exceeded|abort/i.test(line)) ?? '';
      throw failed(`did not load ${file.name} by TFTP: ${told.trim()}`);
    }
    await checkSize(file, output, () => this.read('printenv filesize', deadline), failed);
    const check = `crc32 ${hex(file.address)} ${hex(file.size)}`;
    await checkCrc(file, () => this.run(check, deadline), failed);
  }

  /**
   * Starts Xen with a device tree (`booti`); returns once U-Boot says that it starts.
   * @throws SubjectError when U-Boot refuses what it was given.
   */
  boot(xen: bigint, deviceTree: bigint, deadline: Deadline): Promise<void> {
    return this.#judged(this.#boot(xen, deviceTree, deadline));
  }

  async #boot(xen: bigint, deviceTree: bigint, deadline: Deadline): Promise<void> {
    const dialogue = this.#dialogue;
    const line = `booti ${hex(xen)} - ${hex(deviceTree)}`;
    const at = await dialogue.type(line, deadline);
    await dialogue.enter(line, at, deadline);
    const seen = (): 'started' | 'back' | undefined => {
      if (dialogue.since(at + 1).some((text) => /Starting kernel|^\(XEN\) /.test(text)))
        return 'started';
      return dialogue.atPrompt && dialogue.here > at ? 'back' : undefined;
    };
    const outcome = await this.#console.waitUntil(seen, {
      deadline,
      late: () => dialogue.error(`did not say that it starts Xen: ${line}`),
    });
    if (outcome === 'started') return;
    throw new SubjectError({
      who: this.#who,
      what: `U-Boot did not start Xen: ${line}`,
      lastSeen: dialogue.since(at).join('\n'),
      where: this.#console.transcript.files.lines,
      remedy: 'read what U-Boot says; what it loaded was as it should be',
    });
  }

  /** What failed because the board died tells of the death, not of what followed. */
  async #judged<T>(work: Promise<T>): Promise<T> {
    return work.catch(async (error: unknown) => {
      await this.#console.provedAlive();
      throw error;
    });
  }

  async #backAtPrompt(result: CommandResult, deadline: Deadline): Promise<CommandResult> {
    const prompt = (): true | undefined => (this.#dialogue.atPrompt ? true : undefined);
    await this.#dialogue.untilQuiet(prompt, this.#dialogue.timing.echoQuietMs, deadline);
    return result;
  }

  /** The command's status was garbled on its way: U-Boot kept it, and is asked again. */
  async #readAgain(
    command: string,
    token: string,
    at: number,
    deadline: Deadline,
  ): Promise<CommandResult> {
    const dialogue = this.#dialogue;
    // The garbled status stood on the last whole line.
    const output = dialogue.since(at + 1).slice(0, -2);
    for (let reading = 0; reading < readings && !deadline.passed; reading++) {
      await dialogue.cleanPrompt(deadline, `the status of ${command}`);
      const from = await dialogue.type(readStatus, deadline);
      await dialogue.enter(readStatus, from, deadline);
      const again = (): { status: number } | undefined =>
        findStatus(dialogue.since(from + 1), token);
      const found = await dialogue.untilQuiet(again, dialogue.timing.echoQuietMs, deadline);
      if (found !== undefined)
        return this.#backAtPrompt({ output, status: found.status }, deadline);
    }
    throw await this.#stopped(command, 'did not tell how it ended', deadline);
  }

  /** The error of a command that may still run: it is interrupted. */
  #stopped(command: string, what: string, deadline: Deadline): Promise<Error> {
    this.#dialogue.send('\x03');
    const budget = `${(deadline.budgetMs / 1000).toFixed(1)} s`;
    return Promise.resolve(this.#dialogue.error(`${what} within ${budget}: ${command}`));
  }
}
