// SPDX-License-Identifier: Apache-2.0
import type { Deadline } from '../support/deadline.ts';
import type { Connector } from './connection.ts';
import { ReopeningLine } from './reopening-line.ts';
import { rfc2217Connector } from './rfc2217.ts';
import { lineName, type LineSpec, type SerialLine } from './serial-line.ts';
import { tcpConnector } from './tcp.ts';

async function connectorOf(who: string, spec: LineSpec): Promise<Connector> {
  switch (spec.kind) {
    case 'serial': {
      // Its binding is native code: loaded only where a serial port is used.
      const { serialPortConnector } = await import('./serial-port.ts');
      return serialPortConnector(who, spec);
    }
    case 'tcp':
      return tcpConnector(who, spec);
    case 'rfc2217':
      return rfc2217Connector(who, spec);
  }
}

/**
 * Opens the line of `who`'s console. One that is `transient` may be missing: it is then `gone`
 * until it comes.
 * @throws EnvironmentError when it is missing, held by another process, or may not be opened.
 */
export async function openLine(
  who: string,
  spec: LineSpec,
  deadline: Deadline,
): Promise<SerialLine> {
  const { transient = false, pacing } = spec;
  const behaviour = { who, name: lineName(spec), transient, pacing };
  return ReopeningLine.open(behaviour, await connectorOf(who, spec), deadline);
}
