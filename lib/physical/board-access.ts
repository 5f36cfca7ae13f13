// SPDX-License-Identifier: Apache-2.0
import type { LabBoard } from '../lab/lab.ts';
import type { Secrets } from '../host/secrets.ts';
import type { HostProgramImage } from '../images/index.ts';
import { openPower } from '../power/open-power.ts';
import type { PowerSwitch } from '../power/power-switch.ts';
import { openLine } from '../serial/open-line.ts';
import type { SerialLine } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import type { BoardType } from './board-type.ts';

/** A board as a boot has it. */
export interface Bench {
  readonly board: LabBoard;
  readonly type: BoardType;
  readonly access: BoardAccess;
  /** The program of a TFTP server, for a lab that has none. */
  readonly tftpd: () => HostProgramImage;
}

/** How a process comes by what belongs to a board: directly, or from the board's station. */
export interface BoardAccess {
  readonly power: PowerSwitch;
  /** Opens the console of that name. */
  openConsole(name: string, deadline: Deadline): Promise<SerialLine>;
  /** Where what runs on the board outlives this process: notes what the next one has to know. */
  keep?(note: string, deadline: Deadline): Promise<void>;
  /** What was noted of the machine that runs, once; empty when there is none, or it has lost power. */
  kept?(deadline: Deadline): Promise<string>;
}

/** The board's lines and its switch, opened by this process itself. */
export function directAccess(
  board: LabBoard,
  options: { readonly stateDirectory: string; readonly secrets: Secrets },
): BoardAccess {
  return {
    power: openPower(board.name, board.power, options),
    openConsole: (name, deadline) =>
      openLine(
        `${board.name}, console ${name}`,
        board.consoles[name] ?? board.consoles.main,
        deadline,
      ),
  };
}
