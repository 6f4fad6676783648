import { isLoopback } from '../loopback.js';

/**
 * gRPC for Node reads variables of the process itself and sends every connection to the proxy they name, also those to this
 * machine, which no proxy can reach: there it must not look.
 */
export function channelArgsFor(address: string): Readonly<Record<string, number>> {
  return isLoopback(address) ? { 'grpc.enable_http_proxy': 0 } : {};
}

/** The variable that sends gRPC for an address to a proxy, in the order in which gRPC reads them; undefined when none does. */
export function grpcProxyVariable(
  address: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (isLoopback(address)) return undefined;
  return ['grpc_proxy', 'https_proxy', 'http_proxy'].find((name) => env[name]);
}

/** What to do about it, for a hint. */
export function proxyHint(variable: string): string {
  return `${variable} sends this connection to a proxy: list the host in no_proxy where it must not`;
}
