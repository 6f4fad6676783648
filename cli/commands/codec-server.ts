import { Command } from 'commander';
import { readConfig } from '../io/configuration.js';
import { untilInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';

interface CodecServerOptions extends GlobalOptions {
  readonly allowOrigin: readonly string[];
}

/** `qmtl codec-server`: decodes payloads for a Temporal UI that runs elsewhere. */
export function codecServerCommand(io: CliIo): Command {
  return new Command('codec-server')
    .description('decode payloads for the Temporal UI until Ctrl-C')
    .option('--allow-origin <origin...>', 'origins of the Temporal UIs that may use it', [
      'http://127.0.0.1:8233',
      'http://localhost:8233',
    ])
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<CodecServerOptions>();
      const config = await readConfig(io, options);
      const { startCodecServer } = await import('../../temporal/payloads/codec-server.js');
      const server = await startCodecServer({ ...config.codec_server, allowedOrigins: options.allowOrigin });
      const result = { url: server.url, allowed_origins: options.allowOrigin };
      printResult(
        io,
        options.output,
        result,
        () => `codec server: ${server.url}\nfor the UI at ${options.allowOrigin.join(', ')}; Ctrl-C stops it`,
      );
      await untilInterrupted(io);
      await server.close();
    });
}
