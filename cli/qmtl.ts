#!/usr/bin/env node
import { runProcess } from './io/process-io.js';
import { qmtl, reportStray } from './program.js';

/** The entry point of the `qmtl` command. Not awaited: what never settles is reported when nothing is left to do. */
const args = process.argv.slice(2);
void runProcess(
  (io) => qmtl(io, args),
  (stray) => reportStray(stray, args),
);
