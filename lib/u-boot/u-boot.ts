// SPDX-License-Identifier: Apache-2.0
import type { Console } from '../console/console.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { UBootProfile } from './profile.ts';

/** What a command printed, without its echo, and how it ended. */
export interface CommandResult {
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

/** A U-Boot at its prompt, behind a console that nobody else types on. */
export class UBoot {
  readonly #who: string;
  readonly #console: Console;
  readonly #profile: UBootProfile;

  constructor(who: string, console: Console, profile: UBootProfile) {
    this.#who = who;
    this.#console = console;
    this.#profile = profile;
  }

  /**
   * Waits for the countdown, stops it, and proves that the prompt answers.
   * @throws EnvironmentError when the countdown or the prompt does not come in time.
   */
  async interruptAutoboot(deadline: Deadline): Promise<void> {
    await this.run('true', deadline);
  }

  /**
   * Runs one short command; it is begun only after its echo was right, so never a garbled one.
   * @throws EnvironmentError when the line garbles more than can be repaired.
   * @throws SubjectError when U-Boot takes an abort.
   */
  run(command: string, deadline: Deadline): Promise<CommandResult> {
    return Promise.reject(this.#todo(command, deadline));
  }

  /** {@link run} of what may be repeated, until two runs printed the same: text to rely on. */
  read(command: string, deadline: Deadline): Promise<CommandResult> {
    return Promise.reject(this.#todo(command, deadline));
  }

  /** Sets the network for this boot; the environment is never saved. */
  setNetwork(network: UBootNetwork, deadline: Deadline): Promise<void> {
    return Promise.reject(this.#todo(network.ipaddr, deadline));
  }

  /**
   * Loads a file by TFTP and checks its size and CRC in the board's memory.
   * @throws EnvironmentError when it does not arrive, or another file does.
   */
  load(file: LoadOrder, deadline: Deadline): Promise<void> {
    return Promise.reject(this.#todo(file.name, deadline));
  }

  /** Starts Xen with a device tree (`booti`); returns once U-Boot says that it starts. */
  boot(xen: bigint, deviceTree: bigint, deadline: Deadline): Promise<void> {
    return Promise.reject(this.#todo(`${xen} ${deviceTree}`, deadline));
  }

  #todo(command: string, deadline: Deadline): EnvironmentError {
    return new EnvironmentError({
      who: this.#who,
      what: `no U-Boot for ${command} within ${deadline.budgetMs} ms at ${this.#profile.prompt}`,
      lastSeen: this.#console.transcript.tail(4),
    });
  }
}
