// SPDX-License-Identifier: Apache-2.0
import snmp from 'net-snmp';
import type { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { type Actuator, type ActuatorOptions, powerError, word } from './actuator.ts';
import type { SnmpPower } from './power-spec.ts';
import type { PowerState } from './power-switch.ts';

/** How long an answer is awaited before the request is sent again: datagrams get lost. */
const resendMs = 1000;

/** One request in a session of its own. */
async function inSession(
  spec: SnmpPower,
  options: ActuatorOptions,
  deadline: Deadline,
  request: (
    session: snmp.Session,
    done: (error: Error | null, varbinds?: snmp.Varbind[]) => void,
  ) => void,
): Promise<snmp.Varbind> {
  const community = options.secrets.read(options.who, spec.community);
  const port = spec.port ?? 161;
  const session = snmp.createSession(spec.host, community, {
    port,
    version: spec.version === '1' ? snmp.Version1 : snmp.Version2c,
    timeout: Math.max(1, Math.min(resendMs, Math.floor(deadline.leftMs / 2))),
    // The deadline ends it; until then it is sent again.
    retries: Math.max(1, Math.floor(deadline.leftMs / resendMs)),
    backoff: 1,
  });
  const started = performance.now();
  const fail = (what: string): Error =>
    powerError(options, {
      what: `SNMP ${spec.host}:${port} ${what}`,
      reached: `asked ${Math.round(performance.now() - started)} ms ago`,
      remedy: `see that the outlet strip is up, that it takes version ${spec.version ?? '2c'} from this machine, and that the community may write`,
    });
  const answer = new Promise<snmp.Varbind>((resolve, reject) => {
    // Of a socket that failed; without a listener it would end the process.
    (session as unknown as NodeJS.EventEmitter).on('error', (error) => {
      reject(fail(`failed: ${messageOf(error)}`));
    });
    request(session, (error, varbinds) => {
      const [varbind] = varbinds ?? [];
      if (error !== null) reject(fail(`gave no good answer: ${messageOf(error)}`));
      else if (varbind === undefined) reject(fail('answered nothing'));
      else if (snmp.isVarbindError(varbind)) reject(fail(`refused: ${snmp.varbindError(varbind)}`));
      else resolve(varbind);
    });
  });
  try {
    return await deadline.bound(answer, () => fail('did not answer in time'));
  } finally {
    answer.catch(() => undefined);
    session.close();
  }
}

/** An outlet that is an integer object of an SNMP agent. */
export function snmpActuator(spec: SnmpPower, options: ActuatorOptions): Actuator {
  const oid = (spec.state?.oid ?? spec.oid).replace(/^\./, '');
  const onValue = spec.state?.on ?? spec.on;
  const offValue = spec.state?.off ?? spec.off;
  const stateOf = (value: unknown): PowerState =>
    value === onValue ? 'on' : value === offValue ? 'off' : 'unknown';
  return {
    byHand: (on) =>
      `snmpset -v${spec.version ?? '2c'} -c COMMUNITY ${spec.host}:${spec.port ?? 161} ${spec.oid} i ${spec[word(on)]}`,
    set: async (on, deadline) => {
      await inSession(spec, options, deadline, (session, done) => {
        const type = snmp.ObjectType.Integer;
        session.set([{ oid: spec.oid.replace(/^\./, ''), type, value: spec[word(on)] }], done);
      });
    },
    read: async (deadline) => {
      const { value } = await inSession(spec, options, deadline, (session, done) => {
        session.get([oid], done);
      });
      return { state: stateOf(value), seen: `${oid} = ${String(value)}` };
    },
  };
}
