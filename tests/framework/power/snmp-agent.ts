// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import snmp from 'net-snmp';
import { Deadline, pause } from '../../../lib/support/deadline.ts';

/** What is used of net-snmp's agent; its types say `any`. */
interface Agent {
  getAuthorizer(): { addCommunity(name: string): void };
  getMib(): {
    getScalarValue(name: string): number;
    setScalarValue(name: string, value: number): void;
  };
  registerProvider(provider: object): void;
  close(): void;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** A real SNMP agent on the loopback device with one outlet. */
export class SnmpAgent implements AsyncDisposable {
  readonly #agent: Agent;
  readonly port: number;

  private constructor(agent: Agent, port: number) {
    this.#agent = agent;
    this.port = port;
  }

  static async start(oid: string, community: string, value: number): Promise<SnmpAgent> {
    const port = await freePort();
    const agent = snmp.createAgent(
      { port, address: '127.0.0.1', disableAuthorization: false, accessControlModelType: 0 },
      () => undefined,
    ) as Agent;
    agent.getAuthorizer().addCommunity(community);
    agent.registerProvider({
      name: 'outlet',
      type: snmp.MibProviderType.Scalar,
      oid,
      scalarType: snmp.ObjectType.Integer,
      maxAccess: 3,
      handler: (request: { done(): void }) => {
        request.done();
      },
    });
    agent.getMib().setScalarValue('outlet', value);
    const started = new SnmpAgent(agent, port);
    await started.#answers(`${oid}.0`, community);
    return started;
  }

  get value(): number {
    return this.#agent.getMib().getScalarValue('outlet');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.close();
    await Promise.resolve();
  }

  /** Its socket is bound some time after it was made. */
  async #answers(oid: string, community: string): Promise<void> {
    const deadline = Deadline.after(5000);
    while (!deadline.passed) {
      const session = snmp.createSession('127.0.0.1', community, { port: this.port, timeout: 200 });
      const good = await new Promise((resolve) => {
        session.get([oid], (error) => {
          resolve(error === null);
        });
      });
      session.close();
      if (good) return;
      await pause(20);
    }
    throw new Error('the SNMP agent does not answer');
  }
}
