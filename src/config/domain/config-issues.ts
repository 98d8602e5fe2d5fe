/** Describes what is wrong with a config, each finding with its place, what was expected and what was found. */
import { redactSecrets } from '../../core/domain/redaction.ts';
import { z } from 'zod';
import { closestName } from '../../core/domain/closest-name.ts';
import { pathText } from '../../core/domain/document.ts';
import type { Position, YamlText } from './yaml-text.ts';

/** One thing wrong in a config, at its place. */
export interface CheckFailure {
  path: (string | number)[];
  message: string;
}

export interface ConfigIssue extends Position {
  /** `mirrors[2].uri`; empty for the file as a whole. */
  path: string;
  message: string;
}

/** Returns the issues of a failed zod check in words; an unknown key becomes an issue of its own. */
export function schemaIssues(error: z.ZodError, schema: z.ZodType, yaml: YamlText): ConfigIssue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [issueAt(yaml, issue.path, issueMessage(issue, yaml))];
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      ...yaml.locate(issue.path, key),
      message: unknownKeyMessage(key, keysAt(schema, issue.path)),
    }));
  });
}

/** Returns an issue at an existing value, or at the nearest parent of a missing one. */
export function issueAt(yaml: YamlText, path: readonly PropertyKey[], message: string): ConfigIssue {
  return { path: path.length === 0 ? '' : pathText(path), ...yaml.locate(path), message };
}

function issueMessage(issue: z.core.$ZodIssue, yaml: YamlText): string {
  const expected = expectedText(issue);
  const found = yaml.describe(issue.path);
  if (found === undefined)
    return issue.path.length === 0 ? 'the file has no settings' : `missing, ${expected}`;
  return `${expected}, found ${redactSecrets(found)}${advice(issue, found)}`;
}

function expectedText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames.get(issue.expected) ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array')
        return `expected a list with at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`;
      return issue.origin === 'string' ? 'expected text' : `expected ${issue.minimum} or more`;
    case 'too_big':
      return `expected ${issue.maximum} or less`;
    default:
      return issue.message;
  }
}

const typeNames = new Map([
  ['string', 'text'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['array', 'a list'],
  ['object', 'a group of settings'],
]);

function advice(issue: z.core.$ZodIssue, found: string): string {
  if (
    issue.code === 'invalid_type' &&
    issue.expected === 'string' &&
    /^the (number|truth value) /.test(found)
  )
    return `: put it in quotes, "${found.replace(/^the (number|truth value) /, '')}"`;
  if (issue.code === 'invalid_type' && issue.expected === 'array' && found.startsWith('"'))
    return `: put it in brackets, [${found.slice(1, -1)}]`;
  if (issue.code === 'invalid_value') return didYouMean(found.replaceAll('"', ''), issue.values.map(String));
  return '';
}

function unknownKeyMessage(key: string, known: string[]): string {
  return `there is no such setting here${didYouMean(key, known) || `; there are ${known.join(', ')}`}`;
}

/** `; did you mean "x"?` or nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = closestName(typed, known);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}

/** The settings that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let inner = unwrapped(schema);
  for (const part of path) {
    const next =
      inner.type === 'array'
        ? inner.element
        : inner.type === 'object'
          ? inner.shape.get(String(part))
          : undefined;
    if (next === undefined) return [];
    inner = unwrapped(next);
  }
  return inner.type === 'object' ? [...inner.shape.keys()] : [];
}

type Shape =
  | { type: 'object'; shape: ReadonlyMap<string, z.core.$ZodType> }
  | { type: 'array'; element: z.core.$ZodType }
  | { type: 'other' };

function unwrapped(schema: z.core.$ZodType): Shape {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodObject) return { type: 'object', shape: new Map(Object.entries(schema.shape)) };
  return schema instanceof z.ZodArray ? { type: 'array', element: schema.element } : { type: 'other' };
}
