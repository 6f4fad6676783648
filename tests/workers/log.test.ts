import { expect, test } from 'vitest';
import { jsonLog, parseTraceId } from '../../workers/telemetry/telemetry.js';

test('a line is one JSON object with time, level, message and fields', () => {
  const lines: string[] = [];
  const log = jsonLog('info', 'worker', (line) => void lines.push(line));
  log('info', 'registered', { submission_id: 's', trace_id: 't' });
  log('debug', 'unheard');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      process: 'worker',
      pid: process.pid,
      submission_id: 's',
      trace_id: 't',
      message: 'registered',
    },
  ]);
});

test('the trace id is the second part of a traceparent', () => {
  const id = 'ab'.repeat(16);
  expect(parseTraceId(`00-${id}-${'cd'.repeat(8)}-01`)).toBe(id);
  expect(parseTraceId('')).toBeUndefined();
  expect(parseTraceId('00-xyz')).toBeUndefined();
});
