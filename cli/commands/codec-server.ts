import { Command } from 'commander';
import { codecServerAccess } from '../../workers/stores/access.js';
import { readConfig } from '../io/configuration.js';
import { untilInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';

interface CodecServerOptions extends GlobalOptions {
  readonly allowOrigin?: readonly string[];
}

/** `qmtl codec-server`: decodes payloads for a Temporal UI that runs elsewhere. */
export function codecServerCommand(io: CliIo): Command {
  return new Command('codec-server')
    .description('decode payloads for the Temporal UI until Ctrl-C')
    .option(
      '--allow-origin <origin...>',
      'origins of the Temporal UIs that may use it, instead of codec_server.allowed_origins',
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<CodecServerOptions>();
      const config = await readConfig(io, options);
      const codec = await codecServerAccess(config);
      const allowedOrigins = options.allowOrigin ?? codec.allowedOrigins;
      const { startCodecServer } = await import('../../temporal/payloads/codec-server.js');
      const server = await startCodecServer({ ...codec, allowedOrigins });
      const result = { url: server.url, allowed_origins: allowedOrigins, token: codec.token !== '' };
      printResult(
        io,
        options.output,
        result,
        () =>
          `codec server: ${server.url}\nfor the UI at ${allowedOrigins.join(', ')}${codec.token === '' ? '' : ', with the token'}; Ctrl-C stops it`,
      );
      await untilInterrupted(io);
      await server.close();
    });
}
