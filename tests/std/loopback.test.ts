import { expect, test } from 'vitest';
import { isLoopback } from '../../std/loopback.js';
import { channelArgsFor, grpcProxyVariable } from '../../std/node/grpc-proxy.js';

const here = [
  'localhost:7233',
  'LOCALHOST',
  '127.0.0.1:7233',
  '127.1.2.3',
  '[::1]:7233',
  '::1',
  'localhost.:1',
];
const elsewhere = [
  'temporal.example.com:7233',
  '10.0.0.1:7233',
  '127.0.0.1.example.com:1',
  'localhost.example.com',
  '[2001:db8::1]:7233',
  '',
];

test.each(here)('an address of this machine: %s', (address) => {
  expect(isLoopback(address)).toBe(true);
  expect(channelArgsFor(address)).toEqual({ 'grpc.enable_http_proxy': 0 });
  expect(grpcProxyVariable(address, { https_proxy: 'http://p' })).toBeUndefined();
});

test.each(elsewhere)('an address of another machine: %s', (address) => {
  expect(isLoopback(address)).toBe(false);
  expect(channelArgsFor(address)).toEqual({});
});

test.each([
  [{ grpc_proxy: 'http://a', https_proxy: 'http://b', http_proxy: 'http://c' }, 'grpc_proxy'],
  [{ https_proxy: 'http://b', http_proxy: 'http://c' }, 'https_proxy'],
  [{ grpc_proxy: '', http_proxy: 'http://c' }, 'http_proxy'],
  [{ HTTPS_PROXY: 'http://d' }, undefined],
])('the variable that gRPC reads first is named: %j', (env, name) => {
  expect(grpcProxyVariable('temporal.example.com:7233', env)).toBe(name);
});
