// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline, pause } from '../support/deadline.ts';
import { CrosspageError, EnvironmentError, messageOf } from '../support/errors.ts';
import { Fate } from '../support/fate.ts';
import { hostAddressOf, KiB } from '../support/units.ts';
import { UBoot } from '../u-boot/u-boot.ts';
import type { Bench } from './board-access.ts';
import { BoardConsoles } from './board-consoles.ts';
import { BootStages } from './boot-stages.ts';
import { PowerWatch } from './power-watch.ts';
import { reachUBoot } from './reach-u-boot.ts';
import { TftpFiles } from './tftp-files.ts';
import { openTftp } from './tftp-place.ts';

/** One thing that was looked at. */
export interface Examined {
  readonly what: string;
  readonly state: 'ok' | 'fault' | 'not tried';
  /** What was found, and what it means. */
  readonly found: string;
  readonly remedy: string | undefined;
}

/** A board without power says nothing for so long. */
const silenceMs = 2000;
const examMs = 600_000;
const opens = 3;
/** Bytes that U-Boot prints for the stress, and into how many lines. */
const stress = { bytes: 0x1000, perLine: 16 };
const scratch = 0x1000_0000n;

/** What is looked at, in this order: each needs those before it. */
type Step = readonly [what: string, remedy: string, look: () => Promise<string>];

/**
 * Looks at everything that leads to a board, from its ports to its network, and turns it off again.
 * Calls `tell` with each finding as it is made; a fault ends it, since what follows needs it.
 */
export async function examineBoard(bench: Bench, tell: (one: Examined) => void): Promise<boolean> {
  const evidence = await mkdtemp(join(tmpdir(), 'crosspage-doctor-'));
  const exam = new Examination(bench, evidence);
  let well = true;
  try {
    for (const [what, remedy, look] of exam.steps()) {
      if (!well) {
        tell({ what, state: 'not tried', found: 'what it needs is at fault', remedy: undefined });
        continue;
      }
      try {
        tell({ what, state: 'ok', found: await look(), remedy: undefined });
      } catch (error) {
        well = false;
        const cure = error instanceof CrosspageError ? (error.story.remedy ?? remedy) : remedy;
        tell({ what, state: 'fault', found: messageOf(error), remedy: cure });
      }
    }
  } finally {
    await exam.end();
    await rm(evidence, { recursive: true, force: true });
  }
  return well;
}

class Examination {
  readonly #bench: Bench;
  readonly #evidence: string;
  readonly #deadline = Deadline.after(examMs);
  readonly #stages: BootStages;
  #consoles: BoardConsoles | undefined;

  constructor(bench: Bench, evidence: string) {
    this.#bench = bench;
    this.#evidence = evidence;
    this.#stages = new BootStages({ ...bench.type.budgets, ...bench.board.budgets });
  }

  steps(): readonly Step[] {
    return [
      ['power switches off', 'look at `power` in the lab file', () => this.#switchOff()],
      ['consoles are there', 'look at `consoles` in the lab file', () => this.#open()],
      ['off is silent', 'this console or this switch is another board’s', () => this.#silence()],
      ['on gives U-Boot', 'look at power, boot switches, SD card', () => this.#boot()],
      ['opening does not reset', 'set dtr and rts of the console', () => this.#reopen()],
      ['the line loses nothing', 'set `pacing`, use a better adapter', () => this.#stress()],
      ['TFTP brings files whole', 'look at `tftp` and `network`', () => this.#transfer()],
    ];
  }

  async end(): Promise<void> {
    await this.#bench.access.power.off(Deadline.after(60_000)).catch(() => undefined);
    await this.#consoles?.dispose();
  }

  async #switchOff(): Promise<string> {
    const { power } = this.#bench.access;
    await power.off(this.#deadline);
    const state = await power.state(this.#deadline);
    return state === 'off' ? 'off, as read back' : 'off; it cannot be read back';
  }

  async #open(): Promise<string> {
    const { board, access } = this.#bench;
    const names = Object.keys(board.consoles);
    this.#consoles = await BoardConsoles.open(
      board.name,
      access,
      names,
      this.#evidence,
      new Fate(),
      this.#deadline,
    );
    return `${names.join(', ')}: open, and held by nobody else`;
  }

  async #silence(): Promise<string> {
    const { transcript } = this.#main();
    const before = transcript.bytes;
    await pause(silenceMs);
    if (transcript.bytes === before) return `not a byte in ${silenceMs / 1000} s without power`;
    throw this.#fault(`${transcript.bytes - before} bytes came while the board is off`);
  }

  async #boot(): Promise<string> {
    if (this.#consoles === undefined) throw this.#fault('has no console');
    const { board, access } = this.#bench;
    await using watch = new PowerWatch(board.name, access.power, this.#consoles.main);
    await reachUBoot(this.#bench, this.#consoles, watch, this.#stages, this.#deadline);
    const times = [...this.#stages.times].map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
    const known = Object.keys(board.identity ?? {});
    const who =
      known.length === 0
        ? 'identity not given in the lab file'
        : `its ${known.join(', ')} is right`;
    return `${times.join(', ')}; ${who}`;
  }

  async #reopen(): Promise<string> {
    const { board, access, type } = this.#bench;
    const banner = new RegExp({ ...type.uboot, ...board.uboot }.banner);
    await this.#consoles?.dispose();
    for (let nth = 1; nth <= opens; nth++) {
      const line = await access.openConsole('main', this.#deadline);
      await line.dispose();
    }
    await this.#open();
    this.#consoles?.beginEpoch();
    await pause(silenceMs);
    const { transcript } = this.#main();
    if (transcript.lines.some(({ text }) => banner.test(text)))
      throw this.#fault('opening its port resets the board');
    return `opened ${opens} times, and no banner came`;
  }

  async #stress(): Promise<string> {
    const { bytes, perLine } = stress;
    const uboot = this.#prompt();
    const at = `0x${scratch.toString(16)}`;
    await uboot.run(`mw.b ${at} 0x55 0x${bytes.toString(16)}`, this.#deadline);
    const startMs = performance.now();
    const { output } = await uboot.run(`md.b ${at} 0x${bytes.toString(16)}`, this.#deadline);
    const tookMs = performance.now() - startMs;
    const right = output.filter((line) => /^[0-9a-f]{8}: (?:55 ?){16} +U{16}$/.test(line)).length;
    const lines = bytes / perLine;
    const sent = output.reduce((sum, line) => sum + line.length + 2, 0);
    const rate = `${Math.round((sent / tookMs) * 1000)} bytes/s`;
    if (right === lines) return `${lines} of ${lines} lines came whole, ${rate}: loss 0 %`;
    const loss = (((lines - right) / lines) * 100).toFixed(1);
    throw this.#fault(`${right} of ${lines} lines came whole, ${rate}: loss ${loss} % of lines`);
  }

  async #transfer(): Promise<string> {
    const { board } = this.#bench;
    const path = join(this.#evidence, 'transfer');
    const size = KiB(256);
    await writeFile(path, randomBytes(size));
    const file = { name: 'transfer', path, address: hostAddressOf(scratch) };
    const run = randomBytes(4).toString('hex');
    await using place = await openTftp(board, this.#bench.tftpd);
    const { directory, prefix, network } = place;
    await using served = await TftpFiles.publish(board.name, directory, prefix, run, [file]);
    const uboot = this.#prompt();
    await uboot.setNetwork(network, this.#deadline);
    const startMs = performance.now();
    for (const one of served.files) await uboot.load(one, this.#deadline);
    const rate = size / 1024 / ((performance.now() - startMs) / 1000);
    return `${size / 1024} KiB came with the right CRC, ${Math.round(rate)} KiB/s`;
  }

  /** The U-Boot that was reached, on the console as it is open now. */
  #prompt(): UBoot {
    const { board, type } = this.#bench;
    return new UBoot(board.name, this.#main(), { ...type.uboot, ...board.uboot });
  }

  #main(): BoardConsoles['main'] {
    if (this.#consoles === undefined) throw this.#fault('has no console');
    return this.#consoles.main;
  }

  #fault(what: string): EnvironmentError {
    return new EnvironmentError({ who: this.#bench.board.name, what });
  }
}
