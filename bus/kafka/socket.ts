import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectEncrypted } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveMs = 60_000;

/**
 * kafkajs' own sockets, without Node's warning of a leak: while a broker is away, each time kafkajs gives up on its lost socket
 * it adds a listener to it. They go with the socket at the next connection.
 */
export const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // Typed as always there; it is what the settings say: options, true or nothing.
  const asked: unknown = ssl;
  const socket =
    asked !== undefined && asked !== null && asked !== false
      ? connectEncrypted({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  socket.setMaxListeners(0);
  return socket;
};
