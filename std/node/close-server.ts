/** Milliseconds for requests under way when a server closes. */
export const closeMs = 5_000;

/** Closes a server; after some seconds it cuts the connections that are left, so that no slow client holds it open. */
export async function closeServer(
  server: { closeAllConnections(): void },
  close: () => Promise<unknown>,
): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), closeMs);
  try {
    await close();
  } finally {
    clearTimeout(deadline);
  }
}
