import { Command } from 'commander';
import { exampleConfig } from '../../config/example.js';
import { checkConfig } from '../../config/load.js';
import { configSchema } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';
import { configText } from '../io/configuration.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';

/** `qmtl config validate|example`. */
export function configCommand(io: CliIo): Command {
  const command = new Command('config').description('check or show the configuration');
  command
    .command('validate')
    .description('report every problem of a configuration with file and line')
    .argument('[file]', 'configuration file (default: --config, then qmtl.yaml)')
    .action(async (file: string | undefined, _own: unknown, own: Command) => {
      const options = own.optsWithGlobals<GlobalOptions>();
      const source = await configText(io, file === undefined ? options : { config: file });
      const { findings, config } = checkConfig(source, io.env);
      const lines = findings.map(({ severity, where, message }) => `${severity}: ${where}: ${message}`);
      const verdict = config === undefined ? 'not valid' : `valid, profile ${config.profile}`;
      printResult(io, options.output, { valid: config !== undefined, findings }, () =>
        [...lines, verdict].join('\n'),
      );
      if (config === undefined)
        throw new QmtlError('E_CONFIG', 'the configuration is not valid', {
          hint: '`qmtl config example` prints a documented file',
        });
    });
  command
    .command('example')
    .description('print a configuration file with every field and its meaning')
    .action((_own: unknown, own: Command) => {
      const { output } = own.optsWithGlobals<GlobalOptions>();
      printResult(io, output, configSchema.parse({}), () => exampleConfig().trimEnd());
    });
  return command;
}
