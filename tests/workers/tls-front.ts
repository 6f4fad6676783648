import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** A self-signed certificate of 127.0.0.1, created with the JDK that the engines need anyway. */
export interface Certificate {
  /** PKCS 12, for Java. */
  readonly keystore: string;
  readonly storePassword: string;
  /** PEM, for clients. */
  readonly caFile: string;
}

export function makeCertificate(folder: string): Certificate {
  const keystore = join(folder, 'server.p12');
  const caFile = join(folder, 'ca.pem');
  const storePassword = 'test-store';
  const store = [
    '-keystore',
    keystore,
    '-storetype',
    'PKCS12',
    '-storepass',
    storePassword,
    '-alias',
    'server',
  ];
  const keytool = (args: readonly string[]) => execFileSync('keytool', args, { stdio: 'ignore' });
  const names = 'san=ip:127.0.0.1,dns:localhost';
  keytool([
    '-genkeypair',
    '-keyalg',
    'EC',
    '-dname',
    'CN=localhost',
    '-ext',
    names,
    '-validity',
    '2',
    ...store,
  ]);
  keytool(['-exportcert', '-rfc', '-file', caFile, ...store]);
  return { keystore, storePassword, caFile };
}

/** A TLS proxy for a plain port; `alpn` as required by its protocol. */
export async function tlsFront(
  { keystore, storePassword }: Certificate,
  target: number,
  alpn: readonly string[] = [],
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer(
    {
      pfx: readFileSync(keystore),
      passphrase: storePassword,
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    },
    (client) => {
      const behind = connect({ port: target, host: '127.0.0.1' });
      client.pipe(behind).pipe(client);
      client.on('error', () => behind.destroy());
      behind.on('error', () => client.destroy());
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return { port: address.port, close: () => server.close() };
}
