// SPDX-License-Identifier: Apache-2.0
/** What is run in dom0, by its shell, and what that prints. */

/** Where the files of domains lie in dom0. */
const directory = '/run/crosspage';

/** Where xenconsoled keeps what a domain says on its console. */
export const consoleLog = (name: string): string => `/var/log/xen/console/guest-${name}.log`;

/** Where the `xl` that created a domain, and stays for its end, says what it does. */
export const xlLog = (name: string): string => `/var/log/xen/xl-${name}.log`;

const configFile = (name: string): string => `${directory}/${name}.cfg`;

/**
 * Creates a domain from the configuration on standard input. One channel for all: each costs round
 * trips through the emulated network. What a domain of the same name said before is put aside.
 */
export function createScript(name: string, then: readonly string[]): string {
  const file = configFile(name);
  const log = consoleLog(name);
  const aside = `{ [ ! -e ${log} ] || mv ${log} ${log}.before; }`;
  return `mkdir -p ${directory} && cat > ${file} && ${aside} && xl create ${file} ${then.join(' ')}`;
}

/**
 * Prints `xl list` once all are gone. A domain is destroyed once its last page is free, a little later:
 * at most two seconds. Those that Xen made at boot have no name either, and the domids up to `booted`.
 * Each `xl` costs an emulated processor a tenth of a second: what the last one said is printed.
 */
const listOnceGone = (booted: number): string =>
  'tries=0; while list=$(xl list); printf "%s\\n" "$list" | ' +
  `awk '$1 == "(null)" && $2 > ${booted} { left = 1 } END { exit !left }' ` +
  '&& [ $tries -lt 100 ]; do tries=$((tries + 1)); usleep 20000; done; printf "%s\\n" "$list"';

/** Destroys a domain, unless it is gone by itself: one that was told to end is. */
const destroyOne =
  'end() { said=$(xl destroy $1 2>&1) || ! xl domname $1 > /dev/null 2>&1 ||' +
  ' { echo "$said" >&2; exit 1; }; }';

/**
 * Destroys domains in that order, whether or not they have ended, and prints what is left. Xen made
 * the first `booted` itself.
 */
export function destroyScript(domids: readonly number[], booted: number): string {
  const destroy = domids.map((domid) => `end ${domid}`);
  return [destroyOne, ...destroy, listOnceGone(booted), 'xenstore-ls -f /'].join('; ');
}

/** Prints the domid of the domain for whose end the last `xl` waits, or waited, that created it. */
const waitedFor = (name: string): string =>
  `sed -n 's/^Waiting for domain ${name} (domid \\([0-9]*\\)) to die.*/\\1/p' ${xlLog(name)} | tail -n 1`;

/** Prints the domid, above `latest`, that xl's log tells; waits for it at most 5 s. */
export function loggedScript(name: string, latest: number): string {
  return (
    `tries=0; while domid=$(${waitedFor(name)}); ` +
    `[ "\${domid:-0}" -le ${latest} ] && [ $tries -lt 100 ]; ` +
    'do tries=$((tries + 1)); usleep 50000; done; echo "$domid"'
  );
}

/**
 * Waits, at most `tries` times 50 ms, until the `xl` that waits for a domain's end waits for that of
 * another in its place, and prints the domid of that; fails when nobody is left who would create it.
 */
export function restartedScript(name: string, domid: number, tries: number): string {
  return (
    `tries=0; while [ $tries -lt ${tries} ]; do tries=$((tries + 1)); ` +
    `domid=$(${waitedFor(name)}); ` +
    `[ "$domid" = ${domid} ] || { echo "$domid"; exit 0; }; ` +
    `ps | grep -q "[x]l create ${configFile(name)}" || exit 1; usleep 50000; done; exit 2`
  );
}

/** Waits, at most `tries` times 50 ms, until no domain has that name. */
export function endedScript(name: string, tries: number): string {
  return (
    `tries=0; while xl domid ${name} > /dev/null 2>&1; do tries=$((tries + 1)); ` +
    `[ $tries -lt ${tries} ] || exit 1; usleep 50000; done`
  );
}

/** What dom0 knows of a domain that does not come up: each account under its name. */
export function accountScript(name: string, domid: number): string {
  return [
    `echo "xl list: $(xl list ${domid} 2>&1 | tail -n 1)"`,
    `for log in ${consoleLog(name)} ${xlLog(name)}; do`,
    'echo "$log:"; if [ -s "$log" ]; then tail -n 5 "$log"; else echo nothing; fi; done',
    'echo "xl dmesg:"; xl dmesg | tail -n 5',
  ].join('\n');
}

/**
 * Asks for `$2` in the Linux domain `$1`, and prints the reply with its number `$3`, for which it
 * waits `$4` seconds. A domain that is gone is not asked: XenStore would make its path anew. The
 * watch begins before the request, so that no reply is missed. Once a second it looks whether the
 * domain can still answer: its console's log `$5` tells of a panic, and what is gone has no domid
 * (its data may come again by a request that it did not hear).
 * What goes through XenStore goes as it is (-R). images/domu/root/init is the other end.
 */
export const askScript =
  'data=/local/domain/$1/data; xenstore-exists /local/domain/$1 || ' +
  '{ echo "there is no domain $1 any more" >&2; exit; }; ' +
  'events=$(mktemp -u) && mkfifo $events || exit; ' +
  'xenstore-watch $data/reply > $events & watch=$!; exec 3< $events; rm $events; ' +
  'xenstore-write -R $data/request "$3 $2"; left=$4; while [ $left -gt 0 ]; do ' +
  'if read -r -t 1 _ <&3; then reply=$(xenstore-read -R $data/reply 2> /dev/null); ' +
  '[ "${reply%% *}" != "$3" ] || { printf "%s" "$reply"; break; }; else left=$((left - 1)); ' +
  'if grep -q "Kernel panic" "$5"; then break; fi; ' +
  'xenstore-exists /local/domain/$1/domid || break; fi; done; kill $watch';

/** What a command in a Linux domain came to. */
export interface LinuxReply {
  readonly code: number;
  readonly output: string;
}

/** `NUMBER CODE OUTPUT`; undefined for anything else. */
export function readReply(text: string): LinuxReply | undefined {
  const match = /^\d+ (\d+) ?(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, code, output = ''] = match;
  return { code: Number(code), output };
}

/** Prints the panics of Linux domains, `LOG:LINE`, a line each; the arguments are their logs. */
export const panicScript = 'grep -H -m 1 "Kernel panic" /dev/null "$@"; :';

/** The panic that the log of a Linux domain's console tells of, if it does. */
export function findPanic(log: string): string | undefined {
  return /Kernel panic[^\r\n]*/.exec(log)?.[0];
}

/**
 * Creates a domain from the configuration on standard input, kept as `$1`, and prints its domid: the
 * highest that XenStore lists. xl's own words go where they go.
 */
export const createFileScript =
  'mkdir -p "${1%/*}" && cat > "$1" && xl create "$1" >&2 && ' +
  'xenstore-list /local/domain | sort -n | tail -n 1';

/** Everything that dom0 keeps of its domains. */
export const accountsScript = [
  'echo "== xl list"; xl list',
  'echo "== xl dmesg"; xl dmesg',
  'for file in /var/log/xen/*.log /var/log/xen/console/*; do echo "== $file"; cat "$file"; done',
  'echo "== xenstore"; xenstore-ls -f /',
].join('; ');
