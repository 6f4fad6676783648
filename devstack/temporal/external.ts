import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { grpcProxyVariable, proxyHint } from '../../std/node/grpc-proxy.js';
import { describeFailure, type Environment, type Report } from '../process/progress.js';
import {
  addSearchAttributes,
  connectFailure,
  missingSearchAttributes,
  requireHealthy,
  type SearchAttributes,
  withConnection,
} from './ready.js';

const answerMs = 5_000;

/** Throws unless the server that TEMPORAL_ADDRESS names answers. */
export async function probeExternal(address: string, limitMs = answerMs): Promise<void> {
  const target = parseAddress(address);
  const refusal = await connectFailure(target, limitMs);
  if (refusal !== undefined) throw noAnswer(address, connectWords[refusal] ?? refusal);
  try {
    await withConnection(address, limitMs, requireHealthy);
  } catch (cause) {
    if (isQmtlError(cause)) throw cause;
    throw noAnswer(
      address,
      `something listens there, but not a Temporal server: ${describeFailure(cause)}`,
      cause,
    );
  }
}

const connectWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host is unknown',
  ETIMEDOUT: 'the connection is not answered',
};

function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:]+)\]|([^\s:/]+)):(\d{1,5})$/i.exec(address);
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new QmtlError(
      'E_CONFIG',
      `TEMPORAL_ADDRESS is ${JSON.stringify(address)}, which is not HOST:PORT`,
      {
        hint: 'write it like localhost:7233, or unset it to have QMTL start a local server',
      },
    );
  }
  return { host, port };
}

function noAnswer(address: string, why: string, cause?: unknown): QmtlError {
  const hint = 'start that server, correct TEMPORAL_ADDRESS, or unset it to have QMTL start a local server';
  const variable = cause === undefined ? undefined : grpcProxyVariable(address);
  return new QmtlError(
    'E_TEMPORAL_UNAVAILABLE',
    `no Temporal server answers at ${address} (TEMPORAL_ADDRESS): ${why}`,
    {
      hint: variable === undefined ? hint : `${proxyHint(variable)}; else ${hint}`,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** Adds the search attributes that an external server lacks, and reports it. */
export async function prepareExternal(
  target: { address: string; namespace: string },
  wanted: SearchAttributes,
  report: Report,
): Promise<void> {
  const { address, namespace } = target;
  try {
    await withConnection(address, answerMs, async (connection) => {
      const missing = await missingSearchAttributes(connection, namespace, wanted);
      if (missing.length === 0) return;
      report({
        kind: 'step',
        text: `adding search attributes to namespace ${namespace} of ${address}: ${missing.join(', ')}`,
      });
      const lacking = Object.fromEntries(Object.entries(wanted).filter(([name]) => missing.includes(name)));
      await addSearchAttributes(connection, namespace, lacking);
    });
  } catch (cause) {
    if (isQmtlError(cause)) throw cause;
    const flags = Object.entries(wanted).map(([name, type]) => `--name ${name} --type ${type}`);
    throw new QmtlError(
      'E_CONFIG',
      `namespace ${namespace} of ${address} lacks search attributes that QMTL needs, and they cannot be added: ${describeFailure(cause)}`,
      {
        hint: `add them: temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`,
        cause,
      },
    );
  }
}

/** TEMPORAL_NAMESPACE, as Temporal's own tools read it. */
export function readTemporalNamespace(env: Environment): string {
  return env.TEMPORAL_NAMESPACE || 'default';
}
