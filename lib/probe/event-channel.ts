// SPDX-License-Identifier: Apache-2.0
import { SubjectError } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import type { ProbeClient } from './client.ts';

/** One end of a static event channel: polled by the probe in shared_info, or by its interrupt. */
export class EventChannel {
  readonly port: number;
  readonly #client: ProbeClient;
  readonly #enhanced: boolean;
  #ready: Promise<unknown> | undefined;

  /** `enhanced`: whether Xen was asked to tell the domain of its interfaces. */
  constructor(client: ProbeClient, port: number, enhanced: boolean) {
    this.#client = client;
    this.port = port;
    this.#enhanced = enhanced;
  }

  /** EVTCHNOP_send. */
  async notify(): Promise<void> {
    await this.#client.run(`evtchn-send ${hex(this.port)}`);
  }

  /** Whether the port's bit in evtchn_pending is set. */
  async pending(): Promise<boolean> {
    await this.#init();
    const fields = await this.#client.run(`evtchn-pending ${hex(this.port)}`);
    return fields.number('pending') === 1;
  }

  /** Clears the port's bit in evtchn_pending. */
  async clear(): Promise<void> {
    await this.#init();
    await this.#client.run(`evtchn-clear ${hex(this.port)}`);
  }

  /** Waits in the guest until the port is pending. */
  async wait(withinMs = 2000): Promise<void> {
    await this.#init();
    await this.#client.run(`evtchn-wait ${hex(this.port)} ${hex(withinMs)}`);
  }

  /**
   * Lets the next signal of any port interrupt the domain, on its vCPU 0. The domain has to be
   * `enhanced`, or Xen tells it of no interrupt; a port that is pending already signals nothing:
   * {@link EventChannel.clear} it first.
   * @throws SubjectError when an enhanced domain is told of no interrupt; MisuseError when one is not
   * enhanced.
   */
  async listen(): Promise<void> {
    await this.#init();
    const reply = await this.#client.request('evtchn-listen');
    if (reply.status === 'ok') return;
    if (this.#enhanced && reply.status === 'bad')
      throw new SubjectError({
        who: this.#client.who,
        what: `is enhanced, and Xen tells it of no interface: ${reply.reason}`,
        where: this.#client.where(),
        remedy:
          'look for the node /hypervisor in its device tree, and for xen,enhanced in the host’s',
      });
    // It is for this to say whose fault it is.
    await this.#client.run('evtchn-listen');
  }

  /**
   * Waits in the guest for the interrupt that tells of events. The probe acknowledges it at the
   * GIC and takes no exception.
   * @throws SubjectError when none has come since {@link EventChannel.listen}.
   */
  async waitForInterrupt(withinMs = 2000): Promise<void> {
    await this.#client.run(`evtchn-interrupt ${hex(withinMs)}`);
  }

  /** Whether that interrupt has come since {@link EventChannel.listen}. */
  async interrupted(): Promise<boolean> {
    const fields = await this.#client.run('evtchn-interrupted');
    return fields.number('interrupted') === 1;
  }

  /** Maps the domain's shared_info page (XENMAPSPACE_shared_info), once. */
  async #init(): Promise<void> {
    this.#ready ??= this.#client.run('evtchn-init');
    await this.#ready;
  }
}
