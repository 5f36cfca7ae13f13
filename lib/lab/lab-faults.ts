// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import { isSecretName, isSecretOption, variableName } from './hide-secrets.ts';
import { labJsonSchema } from './lab-schema.ts';
import type { LabFault, LabPath, LabSource } from './lab-source.ts';
import { nearest } from './nearest.ts';

/** What is in the file at `path`. */
function valueAt(content: unknown, path: LabPath): unknown {
  let value = content;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** Whether what stands at `path` may be a secret that was written out. */
function isSecretPlace(content: unknown, path: LabPath): boolean {
  const value = valueAt(content, path);
  const last = path.at(-1);
  if (last === 'env') return typeof value !== 'string' || !variableName.test(value);
  const before = typeof last === 'number' ? valueAt(content, [...path.slice(0, -1), last - 1]) : '';
  if (typeof before === 'string' && isSecretOption(before)) return true;
  // `{ file: PATH }` under the name of a secret is no secret.
  return last !== 'file' && path.some((part) => typeof part === 'string' && isSecretName(part));
}

/** A value as people write it; of a list or a mapping, only that it is one. */
function describeValue(content: unknown, path: LabPath): string {
  const value = valueAt(content, path);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (value === null || value === undefined) return 'empty';
  if (isSecretPlace(content, path)) return 'a value that is not shown';
  if (typeof value !== 'string') return JSON.stringify(value);
  const withoutLogin = value.replaceAll(/\/\/[^/\s@]+@/g, '//***@');
  const withoutQuery = withoutLogin.replace(/\?.*/, '?...');
  const text = withoutQuery.length > 60 ? `${withoutQuery.slice(0, 57)}...` : withoutQuery;
  return JSON.stringify(text);
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** Zod's "Invalid ..." and "Too ..." are its own words; all else was written for people. */
function own(issue: z.core.$ZodIssue): string | undefined {
  return /^(Invalid|Too|Unrecognized)\b/.test(issue.message) ? undefined : issue.message;
}

function limit(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [least, bound] =
    issue.code === 'too_small'
      ? (['least', issue.minimum] as const)
      : (['most', issue.maximum] as const);
  const inclusive =
    issue.inclusive === false ? (issue.code === 'too_small' ? 'more' : 'less') : undefined;
  return inclusive === undefined ? `at ${least} ${bound}` : `${inclusive} than ${bound}`;
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return own(issue) ?? kinds[issue.expected] ?? issue.expected;
    case 'invalid_value': {
      const values = issue.values.map(String).join(', ');
      return issue.values.length === 1 ? values : `one of ${values}`;
    }
    case 'too_small':
    case 'too_big':
      return own(issue) ?? limit(issue);
    case 'invalid_union':
      return issue.discriminator === undefined
        ? issue.message
        : `one of ${('options' in issue ? (issue.options as unknown[]) : []).map(String).join(', ')}`;
    case 'invalid_key':
      return issue.issues[0] === undefined ? issue.message : expected(issue.issues[0]);
    default:
      return issue.message;
  }
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly propertyNames?: { readonly enum?: readonly string[] };
}

/** The keys that a mapping at `path` may have. */
function knownKeys(content: unknown, path: LabPath): string[] {
  let nodes: readonly SchemaNode[] = [labJsonSchema()];
  const branches = (node: SchemaNode, value: unknown): readonly SchemaNode[] => {
    const all = node.oneOf ?? node.anyOf ?? [node];
    const kind = valueAt(value, ['kind']);
    const fitting = all.filter((branch) => branch.properties?.['kind']?.const === kind);
    return fitting.length > 0 ? fitting : all;
  };
  for (const [index, part] of path.entries()) {
    const value = valueAt(content, path.slice(0, index));
    nodes = nodes
      .flatMap((node) => branches(node, value))
      .map((node) => {
        const open = node.additionalProperties;
        const free = typeof open === 'object' ? open : undefined;
        return typeof part === 'number' ? node.items : (node.properties?.[part] ?? free);
      })
      .filter((node) => node !== undefined);
  }
  const value = valueAt(content, path);
  const found = nodes.flatMap((node) => branches(node, value));
  const keys = ({ properties, propertyNames }: SchemaNode): readonly string[] =>
    propertyNames?.enum ?? Object.keys(properties ?? {});
  return [...new Set(found.flatMap(keys))];
}

function unknownKey(content: unknown, path: LabPath, key: string): string {
  const known = knownKeys(content, path);
  const near = nearest(key, known);
  const list = known.length === 0 ? '' : `; expected one of ${known.join(', ')}`;
  return `is not a key that is known${near === undefined ? list : `; ${near} is`}`;
}

/** Of a union, the branch that was meant: one that has all the keys that it needs. */
function bestBranch(content: unknown, issue: z.core.$ZodIssue): z.core.$ZodIssue[] | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const isMeant = (branch: readonly z.core.$ZodIssue[]): boolean =>
    !branch.some(
      ({ code, path }) =>
        (code === 'invalid_type' && path.length === 0) ||
        valueAt(content, [...issue.path, ...path] as LabPath) === undefined,
    );
  return issue.errors.filter(isMeant).sort((one, other) => one.length - other.length)[0];
}

/** What a schema found wrong with `content`, in the words and at the places of the file. */
export function faultsOf(
  issues: readonly z.core.$ZodIssue[],
  content: unknown,
  source: LabSource,
): LabFault[] {
  return issues.flatMap((issue): LabFault[] => {
    const path = issue.path as LabPath;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...path, key],
        what: unknownKey(content, path, key),
        position: source.locate([...path, key], 'key'),
      }));
    const branch = bestBranch(content, issue);
    if (branch !== undefined) {
      const inner = branch.map((found) => ({ ...found, path: [...issue.path, ...found.path] }));
      return faultsOf(inner, content, source);
    }
    const there = valueAt(content, path);
    if (issue.code === 'invalid_key') {
      const what = `is not a name it takes; expected ${expected(issue)}`;
      return [{ path, what, position: source.locate(path, 'key') }];
    }
    const what =
      there === undefined
        ? `is missing; expected ${expected(issue)}`
        : `is ${describeValue(content, path)}; expected ${expected(issue)}`;
    return [{ path, what, position: source.locate(path) }];
  });
}
