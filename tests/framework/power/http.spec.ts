// SPDX-License-Identifier: Apache-2.0
import { text } from 'node:stream/consumers';
import { expect, test } from '@playwright/test';
import type { HttpPower } from '../../../lib/power/power-spec.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { failureOf } from '../images/failure-of.ts';
import { Loopback } from '../images/loopback.ts';
import { patient, secretValue, switchOf } from './switches.ts';

function spec(server: Loopback, more: Partial<HttpPower> = {}): HttpPower {
  return {
    kind: 'http',
    on: { method: 'PUT', url: server.url('outlet/3'), body: '{"on":true}' },
    off: { method: 'PUT', url: server.url('outlet/3'), body: '{"on":false}' },
    state: { url: server.url('outlet/3'), on: '"on": ?true', off: '"on": ?false' },
    ...(more.login === undefined && { token: { env: 'PDU_TOKEN' } }),
    minOffMs: 1,
    ...more,
  };
}

/** An outlet that wants a token. */
function startOutlet(): Promise<Loopback> {
  let state = '{"on":false}';
  return Loopback.start((request, response) => {
    if (request.headers.authorization !== `Bearer ${secretValue}`) {
      response.writeHead(401).end(`unknown token ${request.headers.authorization ?? ''}`);
      return;
    }
    if (request.method === 'GET') response.end(state);
    else
      void text(request).then((body) => {
        state = body;
        response.end('done');
      });
  });
}

test('a web server turns power on and off, and its state is read back', async ({}, info) => {
  await using server = await startOutlet();
  const power = switchOf(info, spec(server));
  await power.on(patient());

  expect(await power.state(patient())).toBe('on');
  await power.off(patient());
  expect(await power.state(patient())).toBe('off');
  const put = server.requests.find(({ method }) => method === 'PUT');
  expect(put?.headers['content-type']).toBe('application/json');
});

test('a token that is not taken is told without it, even where the server repeats it', async ({}, info) => {
  await using server = await Loopback.start((request, response) => {
    response.writeHead(403).end(`${request.headers.authorization ?? ''} may not`);
  });
  const error = await failureOf(() => switchOf(info, spec(server)).off(patient()));

  expect(error.fault).toBe('environment');
  expect(error.story.what).toBe(`PUT ${server.url('outlet/3')} was answered with 403 Forbidden`);
  expect(error.story.lastSeen).toBe('Bearer [secret] may not');
  expect(error.story.remedy).toContain('correct token, login or headers');
  expect(error.message).not.toContain(secretValue);
});

test('a login is sent as Basic, and into no error in its encoded form either', async ({}, info) => {
  await using server = await Loopback.start((request, response) => {
    response.writeHead(500).end(`got ${request.headers.authorization ?? ''}`);
  });
  const login = { user: 'lab', password: { env: 'PDU_TOKEN' } };
  const error = await failureOf(() => switchOf(info, spec(server, { login })).off(patient()));
  const pair = Buffer.from(`lab:${secretValue}`).toString('base64');

  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${pair}`);
  expect(error.message).not.toContain(pair);
  expect(error.story.lastSeen).toBe('got Basic [secret]');
});

test('headers are sent, secret ones by reference', async ({}, info) => {
  await using server = await Loopback.start((_request, response) => response.end('"on":false'));
  const headers = { 'X-Key': { env: 'PDU_TOKEN' }, Accept: 'text/plain' };
  await switchOf(info, spec(server, { headers })).off(patient());

  expect(server.requests[0]?.headers).toMatchObject({
    'x-key': secretValue,
    accept: 'text/plain',
  });
});

test('a token is not carried to where a redirect points', async ({}, info) => {
  await using elsewhere = await startOutlet();
  await using server = await Loopback.start((_request, response) =>
    response.writeHead(302, { location: elsewhere.url('outlet/3') }).end(),
  );
  const error = await failureOf(() => switchOf(info, spec(server)).off(patient()));

  expect(error.story.what).toContain('was answered with 302');
  expect(elsewhere.requests).toEqual([]);
});

test('a server that is not there is named', async ({}, info) => {
  const server = await startOutlet();
  const gone = spec(server);
  await server[Symbol.asyncDispose]();
  const error = await failureOf(() => switchOf(info, gone).off(patient()));

  expect(error.story.what).toMatch(/failed: connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
  expect(error.story.remedy).toMatch(/^see that 127\.0\.0\.1:\d+ is up/);
});

test('a server that does not answer is given up at the deadline', async ({}, info) => {
  await using server = await Loopback.start(() => undefined);
  const error = await failureOf(() => switchOf(info, spec(server)).off(Deadline.after(200)));

  expect(error.story.what).toBe(`PUT ${server.url('outlet/3')} was not answered in time`);
  expect(error.story.reached).toMatch(/^asked \d+ ms ago$/);
});

test('an outlet that says yes and does nothing is noticed', async ({}, info) => {
  await using server = await Loopback.start((_request, response) => response.end('{"on": true}'));
  const power = switchOf(info, spec(server, { confirmMs: 50 }));
  const error = await failureOf(() => power.off(patient()));

  expect(error.story.what).toBe('was turned off, but reads back on');
  expect(error.story.lastSeen).toBe('{"on": true}');
});
