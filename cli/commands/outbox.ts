import { toJson } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { RedriveAction } from '../../domain/ports/outbox.js';
import {
  type ListParkedEventsResponse,
  ListParkedEventsResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { unlessInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textTable } from '../io/io.js';
import { type PageOptions, paged, pageQuery } from '../io/paging.js';
import { withClient } from '../io/temporal-client.js';

/** `qmtl outbox`: control events that the bus refused for good. */
export function outboxCommand(io: CliIo): Command {
  return new Command('outbox')
    .description('list, send again or drop control events that the bus refused')
    .addCommand(listCommand(io))
    .addCommand(decisionCommand(io, 'retry', 'send parked events again'))
    .addCommand(decisionCommand(io, 'drop', 'give parked events up: consumers never get them'));
}

function listCommand(io: CliIo): Command {
  return paged(new Command('list').description('list parked events: they hold up no others')).action(
    async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<PageOptions>();
      const api = ApiClient.of(await readConfig(io, options), io);
      const page = await api.get(
        ListParkedEventsResponseSchema,
        `/v1/dag-manager/outbox/parked?${pageQuery(options).toString()}`,
      );
      if (page === undefined) throw api.missing();
      const json = toJson(ListParkedEventsResponseSchema, page, { useProtoFieldName: true });
      printResult(io, options.output, json, () => parkedTable(page));
    },
  );
}

function parkedTable({ events, nextCursor }: ListParkedEventsResponse): string {
  if (events.length === 0) return 'no event is parked';
  const rows = events.map(({ id, stream, seq, parkedAt, reason }) => [
    id,
    stream === '' ? 'cannot be read' : stream,
    String(seq),
    parkedAt === undefined ? '' : timestampDate(parkedAt).toISOString(),
    reason,
  ]);
  const table = textTable(['event', 'stream', 'seq', 'parked at', 'reason'], rows);
  return nextCursor === '' ? table : `${table}\nmore: --cursor ${nextCursor}`;
}

function decisionCommand(io: CliIo, action: RedriveAction, description: string): Command {
  return new Command(action)
    .description(description)
    .argument('<event...>', `ids of \`qmtl outbox list\`, at most ${limits.redriveIdsMax}`)
    .action(async (eventIds: readonly string[], _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      if (eventIds.length > limits.redriveIdsMax)
        throw new QmtlError('E_USAGE', `${eventIds.length} events are more than one call takes`, {
          hint: `give at most ${limits.redriveIdsMax} ids`,
        });
      const { redriveParked } = await import('../../temporal/clients/publish-outbox.js');
      const config = await readConfig(io, options);
      const done = await withClient(io, config, (client) =>
        unlessInterrupted(
          io,
          redriveParked(client, eventIds, action),
          'stopped before the publisher answered',
          'it may act nevertheless: look with `qmtl outbox list`',
        ),
      );
      const unknown = eventIds.filter((id) => !done.includes(id));
      printResult(io, options.output, { [resultNames[action]]: [...done], not_parked: unknown }, () =>
        [
          ...done.map((id) => `${resultNames[action].replaceAll('_', ' ')}: ${id}`),
          ...unknown.map((id) => `not parked: ${id}`),
        ].join('\n'),
      );
      if (done.length === 0)
        throw new QmtlError('E_NOT_FOUND', 'none of these events is parked', {
          hint: '`qmtl outbox list` shows the ids; an event may have been sent meanwhile',
        });
    });
}

const resultNames = { retry: 'sent_again', drop: 'dropped' } as const satisfies Record<RedriveAction, string>;
