import type { z } from 'zod';
import { QmtlError } from '../domain/base/errors.js';
import { type Environment, overriding, variableOf, withEnvironment } from './environment.js';
import { type Config, configSchema, requiredInProd } from './schema.js';
import { type ConfigText, parseYaml } from './yaml-file.js';

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
  const parsed = configSchema.safeParse(withEnvironment(file.value, env));
  if (!parsed.success) return { findings: parsed.error.issues.flatMap((issue) => findingsOf(issue, locate)) };
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

function findingsOf(issue: z.core.$ZodIssue, locate: Locate): readonly ConfigFinding[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => [...path, key]);
    return unknown.map((field) =>
      error(locate(field), `${field.map(shownKey).join('.')}: no field has this name`),
    );
  }
  const subject = path.length === 0 ? '' : `${path.join('.')}: `;
  return [error(locate(path), `${subject}${issue.message}`)];
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
        ? error(locate(path), `${field} is required in profile prod; give it here or as ${variableOf(path)}`)
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

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
