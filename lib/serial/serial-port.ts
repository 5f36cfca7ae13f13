// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { Connection, ConnectionEvents, Connector } from './connection.ts';
import { describeHolders, holdersOf } from './holders.ts';
import { HeldLine, MissingLine } from './reopening-line.ts';
import type { SerialPortSpec } from './serial-line.ts';
import { deviceAppears, deviceAt, nearPath } from './watch-path.ts';

async function portsThere(): Promise<string> {
  const names = await readdir('/dev/serial/by-id').catch(() => []);
  if (names.length === 0) return 'there is no port in /dev/serial/by-id';
  return `there are: ${names.map((name) => `/dev/serial/by-id/${name}`).join(', ')}`;
}

async function missing(who: string, path: string): Promise<EnvironmentError> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined)
    return new EnvironmentError({
      who,
      what: `${path} is no serial port`,
      remedy: 'name the device: /dev/serial/by-id/…',
    });
  return new MissingLine({
    who,
    what: `there is no serial port ${path}`,
    lastSeen: await portsThere(),
    remedy:
      'plug it in, or correct the path; a port that comes with the board’s power is `transient: true`',
  });
}

/** Before opening: what opening would not tell, or would tell in numbers. */
async function inspect(who: string, path: string): Promise<number> {
  const device = await deviceAt(path);
  if (device === undefined) throw await missing(who, path);
  const permitted = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!permitted)
    throw new EnvironmentError({
      who,
      what: `${path} may not be opened by this user`,
      remedy: 'join the group that the device belongs to (`ls -lL` names it, often dialout)',
    });
  const holders = await holdersOf(path);
  if (holders.length > 0) throw held(who, path, describeHolders(holders));
  return device;
}

function held(who: string, path: string, by: string): HeldLine {
  return new HeldLine({
    who,
    what: `${path} is held by ${by}`,
    remedy: 'end what holds it: two readers of one port take each other’s bytes',
  });
}

function openPort(port: SerialPort): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function closePort(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (!port.isOpen) resolve();
    else
      port.close(() => {
        resolve();
      });
  });
}

/** The modem lines, where the lab file names them; serialport sets both or none. */
function setModemLines(port: SerialPort, { dtr, rts }: SerialPortSpec): Promise<void> {
  if (dtr === undefined && rts === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    port.set({ dtr: dtr ?? true, rts: rts ?? true }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function connectionOf(port: SerialPort, stopWatching: () => void): Connection {
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(Buffer.from(bytes), undefined, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      }),
    close: () => {
      stopWatching();
      port.removeAllListeners('data');
      return closePort(port);
    },
  };
}

/** Tells `gone` once, when the port closes by itself or another device takes its place. */
function watchPort(
  port: SerialPort,
  { path, device }: { readonly path: string; readonly device: number },
  events: ConnectionEvents,
): () => void {
  let told = false;
  const stop = nearPath(path, () => {
    void deviceAt(path).then((now) => {
      if (now !== device) gone(new Error('the device is there no more'));
    });
  });
  const gone = (why: Error): void => {
    if (told) return;
    told = true;
    stop();
    events.gone(why);
  };
  port.on('close', (why: Error | null) => {
    gone(why ?? new Error('the port was closed'));
  });
  return () => {
    told = true;
    stop();
  };
}

/**
 * A serial port of this machine. It is opened without modem control (CLOCAL), left without
 * hanging up (no HUPCL), read all the time, and locked (flock) against others that lock.
 */
export function serialPortConnector(who: string, spec: SerialPortSpec): Connector {
  const { path, baud, flow } = spec;
  const connect = async (events: ConnectionEvents): Promise<Connection> => {
    const device = await inspect(who, path);
    const rtscts = flow === 'rtscts';
    const port = new SerialPort({ path, baudRate: baud, hupcl: false, rtscts, autoOpen: false });
    // Without a reader a port that died stays `isOpen` for ever.
    port.on('data', (chunk: Buffer) => {
      events.data(chunk);
    });
    port.on('error', () => undefined);
    try {
      await openPort(port);
      await setModemLines(port, spec);
    } catch (error) {
      await closePort(port);
      throw await refused(who, spec, error as Error);
    }
    return connectionOf(port, watchPort(port, { path, device }, events));
  };
  return {
    connect: (events, deadline: Deadline) => {
      const coming = connect(events);
      return deadline.bound(coming, () => {
        void coming.then(
          (connection) => connection.close(),
          () => undefined,
        );
        return slow(who, path, deadline);
      });
    },
    maybeBack: (signal) => deviceAppears(path, signal),
  };
}

function slow(who: string, path: string, deadline: Deadline): EnvironmentError {
  return new EnvironmentError({
    who,
    what: `${path} could not be opened within ${deadline.budgetMs.toFixed(0)} ms`,
  });
}

async function refused(who: string, spec: SerialPortSpec, error: Error): Promise<EnvironmentError> {
  const { path } = spec;
  if ((await deviceAt(path)) === undefined) return missing(who, path);
  if (/lock/i.test(error.message)) {
    const holders = await holdersOf(path);
    const by = describeHolders(holders.filter(({ pid }) => pid !== process.pid));
    return held(who, path, by === '' ? 'a process that /proc does not show to this user' : by);
  }
  return new EnvironmentError(
    {
      who,
      what: `${path} could not be opened at ${spec.baud} baud: ${error.message}`,
      remedy:
        spec.dtr === undefined && spec.rts === undefined
          ? 'look whether it is a serial port, and whether it has this rate'
          : 'look whether the port has modem lines; leave `dtr` and `rts` out where it has none',
    },
    { cause: error },
  );
}
