// SPDX-License-Identifier: Apache-2.0
import { asText, inShm, type isOwner, type XlMistake } from './xl-mistake.ts';

/** What is left out of an entry. */
const withoutKey = (key: string) =>
  asText((text) =>
    text
      .split(', ')
      .filter((word) => !word.startsWith(`${key}=`))
      .join(', '),
  );
const withValue = (key: string, change: (value: string) => string) =>
  asText((text) =>
    text.replace(new RegExp(`${key}=([^,]*)`), (_all, value: string) => `${key}=${change(value)}`),
  );
const added = (word: string) => asText((text) => `${text}, ${word}`);

/** An entry of another form; what was meant is what it was before. */
const form = (
  mistake: string,
  change: ReturnType<typeof asText>,
  {
    rule = 'xl-shm-form',
    besides,
    wanted,
  }: Partial<Pick<XlMistake, 'rule' | 'besides'>> & {
    readonly wanted?: typeof isOwner;
  } = {},
): XlMistake => ({
  ...{ mistake, rule, meant: 'before' },
  ...(besides && { besides }),
  apply: inShm(change, wanted),
});

/** The entry counts for nothing, so that an id may have lost its owner. */
const lost = { besides: ['xl-shm-owner'] } as const;

const forms: readonly XlMistake[] = [
  form('no id in an entry', withoutKey('id'), lost),
  form('no begin in an entry', withoutKey('begin')),
  form('no size in an entry', withoutKey('size')),
  form(
    'an empty id in an entry',
    withValue('id', () => ''),
    lost,
  ),
  form(
    'an id with other signs',
    withValue('id', (id) => `${id}-x`),
    lost,
  ),
  form(
    'an id of more than 128 signs',
    withValue('id', () => 'x'.repeat(129)),
    lost,
  ),
  form('a key that there is not', added('owner=1')),
  form('a key that is there twice', added('size=0x1000')),
  form('a word without a value', added('shared')),
  form(
    'a begin that is no number',
    withValue('begin', () => 'here'),
  ),
  form(
    'a role that xl does not know',
    withValue('role', () => 'master'),
    {
      rule: 'xl-shm-role',
      besides: ['xl-shm-owner'],
    },
  ),
  form(
    'an access that there is not',
    withValue('role', (role) => `${role}, prot=ro`),
    {},
  ),
  form('a cache policy of x86', added('cache_policy=x86_normal'), { wanted: noPolicy }),
  form('a cache policy that there is not', added('cache_policy=none'), { wanted: noPolicy }),
];

function noPolicy({ role, cachePolicy }: Parameters<typeof isOwner>[0]): boolean {
  return role === 'owner' && cachePolicy === undefined;
}

/** What looks odd, and is right. */
const odd = (mistake: string, change: ReturnType<typeof asText>): XlMistake => ({
  ...{ mistake, rule: undefined, meant: 'before', apply: inShm(change) },
});

const decimal = asText((text) =>
  text.replaceAll(/0x[0-9a-f]+/g, (number) => String(BigInt(number))),
);

const oddities: readonly XlMistake[] = [
  odd('numbers in decimal digits', decimal),
  odd(
    'numbers with leading zeros',
    asText((text) => text.replaceAll('=0x', '=0x000')),
  ),
  odd(
    'blanks around keys and values',
    asText((text) => text.replaceAll(/[=,]/g, ' $& ')),
  ),
  odd(
    'a role in capital letters',
    withValue('role', (role) => role.toUpperCase()),
  ),
  odd(
    'a comma behind all',
    asText((text) => `${text},`),
  ),
];

/** Mistakes in how an entry of `static_shm` is written, and what only looks like one. */
export const shmFormMistakes: readonly XlMistake[] = [...forms, ...oddities];
