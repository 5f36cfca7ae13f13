// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import type { ProbeClient } from './client.ts';

/** One end of a static event channel: polled by the probe in shared_info, or by its interrupt. */
export class EventChannel {
  readonly port: number;
  readonly #client: ProbeClient;
  #ready: Promise<unknown> | undefined;

  constructor(client: ProbeClient, port: number) {
    this.#client = client;
    this.port = port;
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
   */
  async listen(): Promise<void> {
    await this.#init();
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
