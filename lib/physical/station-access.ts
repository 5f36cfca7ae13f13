// SPDX-License-Identifier: Apache-2.0
import type { LabBoard } from '../lab/lab.ts';
import type { PowerState } from '../power/power-switch.ts';
import { ReopeningLine } from '../serial/reopening-line.ts';
import { lineName } from '../serial/serial-line.ts';
import type { Deadline } from '../support/deadline.ts';
import { askStation } from './ask-station.ts';
import type { BoardAccess } from './board-access.ts';
import { lentLine } from './lent-line.ts';
import type { StationRequest } from './station-protocol.ts';

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
  const ask = async (request: StationRequest, deadline: Deadline): Promise<string> => {
    await ensure();
    const { socket, state } = await askStation(who, path, request, deadline);
    socket.destroy();
    return state;
  };
  const power = (act: 'on' | 'off' | 'state', deadline: Deadline): Promise<string> =>
    ask({ want: 'power', do: act, withinMs: deadline.leftMs }, deadline);
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
    keep: async (note, deadline) => {
      await ask({ want: 'keep', note }, deadline);
    },
    kept: (deadline) => ask({ want: 'kept' }, deadline),
  };
}
