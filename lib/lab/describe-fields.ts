// SPDX-License-Identifier: Apache-2.0
import { labJsonSchema } from './lab-schema.ts';

interface Field {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: Field | boolean;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly required?: readonly string[];
  readonly oneOf?: readonly Field[];
  readonly anyOf?: readonly Field[];
}

/** `- \`name\` (required): what it is.` */
function line(name: string, field: Field, required: boolean, depth: number): string {
  const choices = field.enum === undefined ? '' : ` One of ${field.enum.join(', ')}.`;
  const must = required ? ' (required)' : '';
  return `${'  '.repeat(depth)}- \`${name}\`${must}: ${field.description ?? ''}${choices}`;
}

/** What is in a mapping, one line a field. */
function inside(field: Field, depth: number): string[] {
  const { additionalProperties: rest, properties = {}, required = [] } = field;
  const fields = Object.entries(properties).filter(([, inner]) => inner.const === undefined);
  const named = fields.flatMap(([name, inner]) => [
    line(name, inner, required.includes(name), depth),
    ...inside(inner, depth + 1),
  ]);
  const branches = field.oneOf ?? field.anyOf ?? [];
  const kinds = branches.flatMap((branch) => {
    const kind = branch.properties?.['kind']?.const;
    if (typeof kind !== 'string') return isSecret(field) ? [] : inside(branch, depth);
    return [`${'  '.repeat(depth)}- with \`kind: ${kind}\``, ...inside(branch, depth + 1)];
  });
  const keys = field.propertyNames?.enum;
  const names =
    keys === undefined
      ? []
      : [`${'  '.repeat(depth)}- keys: ${keys.map((key) => `\`${key}\``).join(', ')}`];
  const open = typeof rest === 'object' && keys === undefined ? inside(rest, depth) : [];
  return [...named, ...kinds, ...names, ...open];
}

/** A reference to a secret says all in its description. */
function isSecret({ anyOf = [] }: Field): boolean {
  return anyOf.some((branch) => branch.properties?.['env'] !== undefined);
}

/** Every field of the lab file as a list in Markdown, by the schema's own words. */
export function describeFields(): string {
  return `${inside(labJsonSchema() as Field, 0)
    .map((text) => text.trimEnd().replace(/:$/, ''))
    .join('\n')}\n`;
}
