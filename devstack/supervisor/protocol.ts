import { z } from 'zod';
import { isErrorCode, isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { partNames, portsSchema, stackPaths } from './folder.js';

/**
 * The protocol between commands and the process that holds a stack: HTTP over a socket file in the stack's folder. Only its
 * user has access to the folder, no port is used, and the system closes the socket with the process: an answer proves that the
 * process is alive, which a process id in a file does not.
 *
 * `GET /` answers a SupervisorStatus; `POST /start` and `POST /stop` answer lines of StackEvent, the last of which is
 * `done` or `failed`.
 */
const part = z.enum(partNames);

const partStatusSchema = z.strictObject({
  part,
  state: z.enum(['running', 'starting', 'ended']),
  /** Process group, while it runs. */
  group: z.int().optional(),
});

export const supervisorStatusSchema = z.strictObject({
  pid: z.int(),
  parts: z.array(partStatusSchema),
  ports: portsSchema,
  /** Partition replicas that the broker has room for; absent in answers of earlier releases. */
  kafkaReplicasMax: z.int().optional(),
});
export type SupervisorStatus = z.output<typeof supervisorStatusSchema>;

export const stackEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['step', 'progress', 'note']), text: z.string() }),
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({
    kind: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
]);
export type StackEvent = z.output<typeof stackEventSchema>;

/** The settings passed to a new process that holds a stack. */
export const supervisorSettingsSchema = z.strictObject({
  folder: z.string(),
  ports: portsSchema.partial(),
  env: z.record(z.string(), z.string()),
  searchAttributes: z.record(
    z.string(),
    z.enum(['Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList']),
  ),
  codecEndpoint: z.string().optional(),
});
export type SupervisorSettings = z.output<typeof supervisorSettingsSchema>;

/** Longer paths do not fit into the address of a socket: 108 bytes on Linux, 104 on macOS. */
const socketBytesMax = 103;

/** The socket of the process that holds a stack. */
export function findSocket(folder: string): string {
  const { socket } = stackPaths(folder);
  const bytes = Buffer.byteLength(socket);
  if (bytes <= socketBytesMax) return socket;
  throw new QmtlError('E_FILE', `the path of the stack's folder is too long: ${folder}`, {
    hint: `choose one that is ${bytes - socketBytesMax} bytes shorter, with --folder or QMTL_STACK_DIR`,
  });
}

export function failedEvent(error: unknown): StackEvent {
  if (isQmtlError(error)) {
    const { code, message, hint } = error;
    return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', code: 'E_INTERNAL', message };
}

export function toError({ code, message, hint }: Extract<StackEvent, { kind: 'failed' }>): QmtlError {
  return new QmtlError(isErrorCode(code) ? code : 'E_INTERNAL', message, hint === undefined ? {} : { hint });
}
