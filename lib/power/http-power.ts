// SPDX-License-Identifier: Apache-2.0
import { lastLines } from '../host/tools.ts';
import type { Deadline } from '../support/deadline.ts';
import { messageOf } from '../support/errors.ts';
import { type Actuator, type ActuatorOptions, powerError, stateIn } from './actuator.ts';
import { withSecrets } from './command-power.ts';
import type { HttpCall, HttpPower } from './power-spec.ts';

function headersOf(spec: HttpPower, options: ActuatorOptions): Record<string, string> {
  const { token, login } = spec;
  const { who, secrets } = options;
  const headers = withSecrets(options, spec.headers);
  if (token !== undefined) headers['Authorization'] = `Bearer ${secrets.read(who, token)}`;
  if (login !== undefined) {
    const password = secrets.read(who, login.password);
    const pair = Buffer.from(`${login.user}:${password}`).toString('base64');
    secrets.alsoHide(pair);
    headers['Authorization'] = `Basic ${pair}`;
  }
  return headers;
}

/** What a failed fetch says of its cause: `connect ECONNREFUSED 127.0.0.1:9`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return messageOf(cause.errors[0]);
  return messageOf(cause ?? error);
}

async function ask(
  spec: HttpPower,
  options: ActuatorOptions,
  call: HttpCall,
  method: string,
  deadline: Deadline,
): Promise<string> {
  const asked = `${method} ${call.url}`;
  const headers = headersOf(spec, options);
  if (call.body !== undefined)
    headers['Content-Type'] ??= /^\s*[[{]/.test(call.body) ? 'application/json' : 'text/plain';
  const started = performance.now();
  const reached = (): string => `asked ${Math.round(performance.now() - started)} ms ago`;
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadline.leftMs)));
  try {
    // A redirect would carry the token to another place.
    const response = await fetch(call.url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(call.body !== undefined && { body: call.body }),
    });
    const text = await response.text();
    if (response.ok) return text;
    throw powerError(options, {
      what: `${asked} was answered with ${response.status} ${response.statusText}`.trimEnd(),
      reached: reached(),
      lastSeen: lastLines(text.slice(0, 2000), 6),
      remedy: [401, 403].includes(response.status)
        ? 'correct token, login or headers of power in the lab file, or the secret that they name'
        : 'correct power in the lab file; ask the same by hand, with curl',
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'EnvironmentError') throw error;
    const late = signal.aborted;
    throw powerError(options, {
      what: late ? `${asked} was not answered in time` : `${asked} failed: ${causeOf(error)}`,
      reached: reached(),
      remedy: `see that ${new URL(call.url).host} is up and can be reached from this machine`,
    });
  }
}

/** A switch behind a web server. */
export function httpActuator(spec: HttpPower, options: ActuatorOptions): Actuator {
  const { state } = spec;
  const call = (on: boolean): HttpCall => (on ? spec.on : spec.off);
  const methodOf = (on: boolean): string => call(on).method ?? 'POST';
  return {
    byHand: (on) => `curl -X ${methodOf(on)} ${call(on).url}`,
    set: async (on, deadline) => {
      await ask(spec, options, call(on), methodOf(on), deadline);
    },
    read:
      state &&
      (async (deadline) => {
        const text = await ask(spec, options, state, state.method ?? 'GET', deadline);
        return { state: stateIn(text, state), seen: lastLines(text.slice(0, 2000), 6) };
      }),
  };
}
