import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { QmtlError } from '../domain/base/errors.js';
import { deepFreeze } from '../std/deep-freeze.js';
import { isPlainObject } from '../std/json.js';
import { type Environment, findVariable, overriding, withEnvironment } from './field.js';
import { issueText } from './issue-text.js';
import { type Config, configSchema, requiredInProd } from './schema.js';

/** A finding of `qmtl config validate`. `where` is `file:line`, or the name of an environment variable. */
export interface ConfigFinding {
  readonly severity: 'error' | 'warning';
  readonly where: string;
  /** Never contains a value of the configuration, which may be a secret. */
  readonly message: string;
}

export interface ConfigReport {
  readonly findings: readonly ConfigFinding[];
  /** Absent when there is an error. */
  readonly config?: Config;
}

/** Where a field is set: a variable, a line of the file, or nowhere. */
type Locate = (path: readonly string[]) => string;

/** Checks a configuration and explains all problems. */
export function checkConfig(source: ConfigText, env: Environment): ConfigReport {
  const file = parseYaml(source);
  if (!file.ok) return { findings: file.faults.map(({ line, message }) => error(at(source, line), message)) };
  const locate: Locate = (path) => overriding(path, env) ?? at(source, file.lineOf(path));
  const given = withEnvironment(file.value, env);
  const parsed = configSchema.safeParse(given);
  if (!parsed.success)
    return { findings: distinct(parsed.error.issues).flatMap((issue) => findingsOf(issue, given, locate)) };
  const missing = missingDsns(parsed.data, locate);
  const broken = missing.some(({ severity }) => severity === 'error');
  return broken ? { findings: missing } : { findings: missing, config: deepFreeze(parsed.data) };
}

/** The configuration, or an E_CONFIG error that lists every problem. */
export function loadConfig(source: ConfigText, env: Environment): Config {
  const { config, findings } = checkConfig(source, env);
  if (config !== undefined) return config;
  const errors = findings.filter(({ severity }) => severity === 'error');
  throw new QmtlError('E_CONFIG', errors.map(({ where, message }) => `${where}: ${message}`).join('\n'), {
    hint: '`qmtl config example` prints a documented file',
  });
}

function error(where: string, message: string): ConfigFinding {
  return { severity: 'error', where, message };
}

function at({ file }: ConfigText, line: number): string {
  return file === '' ? 'configuration' : `${file}:${line}`;
}

function findingsOf(issue: z.core.$ZodIssue, given: unknown, locate: Locate): readonly ConfigFinding[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => [...path, key]);
    return unknown.map((field) =>
      error(locate(field), `${field.map(shownKey).join('.')}: no field has this name`),
    );
  }
  const subject = path.length === 0 ? 'the configuration' : `${path.join('.')}:`;
  return [error(locate(path), `${subject} ${issueText(issue, valueAt(given, path))}`)];
}

/** A value of another kind is not also too short or too long: only the first issue of the schema counts at one place. */
function distinct(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, path }) => {
    const place = code === 'custom' ? undefined : path.map(String).join('.');
    if (place === undefined) return true;
    const isFirst = !seen.has(place);
    seen.add(place);
    return isFirst;
  });
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce((section, key) => (isPlainObject(section) ? section[key] : undefined), root);
}

/** In YAML a whole section, including secrets, can be a key: only what looks like a name is repeated. */
function shownKey(key: string): string {
  return /^[\w-]{1,64}$/.test(key) ? key : '(a key that is not a name)';
}

/** In prod a missing DSN is an error before anything starts; in dev it only means "in memory". */
function missingDsns(config: Config, locate: Locate): readonly ConfigFinding[] {
  return requiredInProd
    .filter((path) => fieldOf(config, path) === '')
    .map((path) => {
      const field = path.join('.');
      return config.profile === 'prod'
        ? error(
            locate(path),
            `${field} is required in profile prod; give it here or as ${findVariable(path)}`,
          )
        : {
            severity: 'warning',
            where: locate(path),
            message: `${field} is empty: an in-process replacement is used, for development only`,
          };
    });
}

function fieldOf(config: Config, [section, key]: (typeof requiredInProd)[number]): unknown {
  return Object.entries(config[section]).find(([name]) => name === key)?.[1];
}

export interface ConfigText {
  /** For messages; '' when there is no file. */
  readonly file: string;
  readonly text: string;
}

interface YamlFault {
  readonly line: number;
  readonly message: string;
}

export type YamlFile =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The line of a field's key, or of the nearest enclosing section; 1 without any. */
      readonly lineOf: (path: readonly string[]) => number;
    }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

/** Parses a file and keeps the lines of its fields. */
export function parseYaml({ text }: ConfigText): YamlFile {
  const lines = new LineCounter();
  // Pretty errors quote lines of the file, others a token after a colon: either may be a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    message: message.replace(/:.*/s, ''),
  }));
  if (faults.length > 0) return { ok: false, faults };
  try {
    const value: unknown = document.toJS();
    // A file that contains only comments configures nothing.
    return { ok: true, value: value ?? {}, lineOf: (path) => lineOf(document.contents, path, lines) };
  } catch {
    // Only an alias can still fail, and its message would quote it.
    return { ok: false, faults: [{ line: 1, message: 'an alias (*name) cannot be resolved' }] };
  }
}

function lineOf(root: Node | null, path: readonly string[], lines: LineCounter): number {
  let line = 1;
  let section: unknown = root;
  for (const name of path) {
    const pair = isMap(section)
      ? section.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    if (pair === undefined || !isNode(pair.key)) return line;
    line = lines.linePos(pair.key.range?.[0] ?? 0).line;
    section = pair.value;
  }
  return line;
}
