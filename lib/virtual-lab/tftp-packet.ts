// SPDX-License-Identifier: Apache-2.0

/** Opcodes of RFC 1350, 5. */
export const opcode = { readRequest: 1, data: 3 } as const;

/** What kind of packet it is; undefined for what is none. */
export function opcodeOf(packet: Uint8Array): number | undefined {
  const [high, low] = packet;
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

/** The same request, for another file: its mode and options stay (RFC 1350, 5; RFC 2347). */
export function requestFor(name: string, request: Uint8Array): Uint8Array {
  const end = request.indexOf(0, 2);
  if (opcodeOf(request) !== opcode.readRequest || end < 0) return request;
  return Buffer.concat([request.subarray(0, 2), Buffer.from(name), request.subarray(end)]);
}
