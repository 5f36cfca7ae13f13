// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnedProcess } from '../host/processes.ts';
import { placesOf } from '../images/places.ts';
import { boardOf, type Lab, type LabBoard, loadLab, LocalReservation } from '../lab/index.ts';
import { boardTypeByName } from '../physical/board-types.ts';
import { BoardHealth, type HealthState } from '../physical/health.ts';
import { PhysicalBoard } from '../physical/physical-board.ts';
import { attachStation } from '../physical/start-station.ts';
import { Deadline, pause } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { BoardFaults } from '../virtual-lab/faults.ts';
import { startVirtualLab, type VirtualLab } from '../virtual-lab/virtual-lab.ts';

/**
 * Short enough that a hang costs seconds, and several times what a boot needs on a host that does
 * other things too.
 */
const budgets = { power: 20_000, firmware: 10_000, 'u-boot': 20_000, load: 30_000, xen: 15_000 };

/** How long a station may take to notice the end of its run, and to turn the board off. */
const releaseMs = 60_000;
const lookMs = 50;

/** What the lab file says of the board's consoles and of how long a boot may take. */
export interface LabKind {
  readonly transient: boolean;
  /** A Linux dom0 has what is usual: it is large, and takes its time. */
  readonly system: 'domains' | 'dom0';
}

/** A run: the process whose end is its end, and the board as that run has it. */
export interface ChaosRun {
  readonly board: PhysicalBoard;
  /** Kills the run's process; settles when it is gone. Idempotent. */
  kill(): Promise<void>;
}

/** A lab with one emulated board; a driver is given its lab.yaml and nothing else. */
export class ChaosLab implements AsyncDisposable {
  readonly virtual: VirtualLab;
  readonly lab: Lab;
  readonly board: LabBoard;
  readonly reservation: LocalReservation;

  private constructor(virtual: VirtualLab) {
    this.virtual = virtual;
    this.lab = loadLab(virtual.labFile);
    const [name = ''] = this.lab.boards.keys();
    this.board = boardOf(this.lab, name);
    this.reservation = new LocalReservation(this.lab.stateDirectory);
  }

  /** A lab whose board is well, in a directory that is made anew. */
  static async start(directory: string, { transient, system }: LabKind): Promise<ChaosLab> {
    await rm(directory, { recursive: true, force: true });
    const short = system === 'domains' ? { budgets } : {};
    return new ChaosLab(await startVirtualLab({ directory, transient, ...short }));
  }

  /** Whether the emulated board really has power. */
  get powered(): boolean {
    return this.virtual.boards.some(({ powered }) => powered);
  }

  get healthFile(): string {
    return join(this.lab.stateDirectory, `${this.board.name}.health.json`);
  }

  /** What is kept of the board's health. */
  async health(): Promise<HealthState> {
    const text = await readFile(this.healthFile, 'utf8').catch(() => undefined);
    return text === undefined ? 'good' : (JSON.parse(text) as { state: HealthState }).state;
  }

  /** Marks the board as not to be trusted, as an earlier run would have. */
  async distrust(): Promise<void> {
    const health = new BoardHealth(this.board.name, this.lab.stateDirectory, 'an-earlier-run');
    await health.mark('unknown', 'TFTP stalled');
  }

  /** Asks the lab's endpoint. */
  async ask(method: string, what: string, body?: unknown): Promise<void> {
    const token = (await readFile(join(this.virtual.directory, 'token'), 'utf8')).trim();
    const url = `${this.virtual.url}/boards/${this.board.name}/${what}`;
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return;
    const said = await response.text();
    throw new EnvironmentError({ who: 'chaos', what: `the virtual lab did not ${what}: ${said}` });
  }

  async setFaults(faults: BoardFaults): Promise<void> {
    await this.ask('PUT', 'faults', faults);
  }

  /** A run of its own, as Playwright's would be. */
  async startRun(): Promise<ChaosRun> {
    // Ended with us, however we end: else the station would see a run that goes on for ever.
    const process = await OwnedProcess.start('sleep', ['infinity']);
    const run = randomBytes(4).toString('hex');
    const { lab, board } = this;
    const owner = { run, runnerPid: process.pid, purpose: `the run ${run}`, waitMs: 0 };
    return {
      board: new PhysicalBoard({
        board,
        type: boardTypeByName[board.type],
        open: () => attachStation(lab, board.name, owner),
        health: new BoardHealth(board.name, lab.stateDirectory, run),
        cache: join(placesOf().build, 'cache'),
      }),
      kill: async () => {
        await process.stop();
      },
    };
  }

  /**
   * Why the board is not as a run has to leave it; undefined once it is nobody's and off, or where it
   * is another's, as it was.
   */
  async untilReleased(staysOn = false): Promise<string | undefined> {
    const deadline = Deadline.after(releaseMs);
    for (;;) {
      const holder = await this.reservation.holderOf(this.board.name);
      if (holder === undefined && staysOn) return this.#leaveOn();
      if (holder === undefined && !this.powered) return undefined;
      if (deadline.passed)
        return holder === undefined ? 'the board still has power' : 'the board is still held';
      await pause(lookMs);
    }
  }

  async #leaveOn(): Promise<string | undefined> {
    if (!this.powered) return 'the board was turned off, which is another’s';
    await this.ask('POST', 'power/off');
    return undefined;
  }

  async dispose(): Promise<void> {
    await this.virtual.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
