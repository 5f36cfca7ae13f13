// SPDX-License-Identifier: Apache-2.0
import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';

const redirects = [301, 302, 303, 307, 308];

/** The proxy for `url` that the environment names, as other programs understand it. */
function proxyFor(url: URL): URL | undefined {
  const env = process.env;
  const without = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(',').map((name) => name.trim());
  if (without.some((name) => name === '*' || (name !== '' && url.hostname.endsWith(name)))) return;
  // Plain HTTP only: a proxy for HTTPS wants a tunnel, which Node 24 makes with NODE_USE_ENV_PROXY.
  const proxy = url.protocol === 'http:' ? env['http_proxy'] : undefined;
  return proxy === undefined || proxy === '' ? undefined : new URL(proxy);
}

function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  stallMs: number,
): Promise<IncomingMessage> {
  const proxy = proxyFor(url);
  const options: RequestOptions = {
    method,
    headers: { ...headers, host: url.host },
    timeout: stallMs,
  };
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? secureRequest : plainRequest;
    const asked =
      proxy === undefined
        ? ask(url, options, resolve)
        : plainRequest(proxy, { ...options, path: url.href }, resolve);
    asked.on('timeout', () => {
      asked.destroy(new Error(`nothing came for ${stallMs / 1000} s`));
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function follow(
  url: string,
  method: string,
  headers: Record<string, string>,
  stallMs: number,
): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let hop = 0; hop < 6; hop++) {
    const response = await send(at, method, headers, stallMs);
    const location = response.headers.location;
    if (!redirects.includes(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    at = new URL(location, at);
  }
  throw new Error('redirected too often');
}

/** Begins a GET, following redirects; the body is the response itself. */
export function httpGet(
  url: string,
  headers: Record<string, string>,
  stallMs: number,
): Promise<IncomingMessage> {
  return follow(url, 'GET', headers, stallMs);
}

/** The status of a HEAD, after redirects. */
export async function httpStatus(url: string, stallMs: number): Promise<number> {
  const response = await follow(url, 'HEAD', {}, stallMs);
  response.resume();
  return response.statusCode ?? 0;
}
