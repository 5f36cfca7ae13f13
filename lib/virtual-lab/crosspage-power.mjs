// SPDX-License-Identifier: Apache-2.0
// The switch of a virtual lab as a command: crosspage-power NAME on|off|state. Its first argument
// is the lab's directory. Plain JavaScript: it starts as quickly as a relay's program does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory, name, wanted] = process.argv.slice(2);
const calls = {
  on: ['POST', 'power/on'],
  off: ['POST', 'power/off'],
  state: ['GET', 'power'],
};

function fail(code, text) {
  console.error(`crosspage-power: ${text}`);
  process.exit(code);
}

const call = calls[wanted];
if (name === undefined || call === undefined) fail(2, 'usage: crosspage-power NAME on|off|state');
try {
  const url = readFileSync(join(directory, 'control.url'), 'utf8').trim();
  const token = readFileSync(join(directory, 'token'), 'utf8').trim();
  const [method, path] = call;
  const headers = { authorization: `Bearer ${token}` };
  const response = await globalThis.fetch(`${url}/boards/${name}/${path}`, { method, headers });
  const body = await response.json();
  if (!response.ok) fail(1, body.error);
  console.log(body.power);
} catch (error) {
  fail(3, `${directory}: the lab does not answer: ${error.cause?.message ?? error.message}`);
}
