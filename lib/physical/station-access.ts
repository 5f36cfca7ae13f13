// SPDX-License-Identifier: Apache-2.0
import type { LabBoard } from '../lab/lab.ts';
import type { PowerState } from '../power/power-switch.ts';
import { ReopeningLine } from '../serial/reopening-line.ts';
import { lineName } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import { askStation } from './ask-station.ts';
import type { BoardAccess } from './board-access.ts';
import { lentLine } from './lent-line.ts';

/**
 * A board's lines and switch, from the station that listens at `path`. `ensure` has it listen again
 * when it was killed: what a board was left with has to be turned off.
 */
export function stationAccess(
  board: LabBoard,
  path: string,
  ensure: () => Promise<void>,
): BoardAccess {
  const who = board.name;
  const power = async (act: 'on' | 'off' | 'state', deadline: Deadline): Promise<string> => {
    await ensure();
    const request = { want: 'power', do: act, withinMs: deadline.leftMs } as const;
    const { socket, state } = await askStation(who, path, request, deadline);
    socket.destroy();
    return state;
  };
  return {
    power: {
      who: `${who}, power`,
      on: async (deadline) => {
        await power('on', deadline);
      },
      off: async (deadline) => {
        await power('off', deadline);
      },
      state: async (deadline) => (await power('state', deadline)) as PowerState,
    },
    openConsole: async (name, deadline) => {
      await ensure();
      const spec = board.consoles[name] ?? board.consoles.main;
      const transient = spec.kind === 'serial' && spec.transient === true;
      const behaviour = { who, name: lineName(spec), transient, pacing: undefined };
      return ReopeningLine.open(behaviour, lentLine(who, name, path), deadline);
    },
  };
}
