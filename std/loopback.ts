/** Whether an address (`host:port`, with or without brackets) is of this machine. */
export function isLoopback(address: string): boolean {
  const isBareV6 = /:.*:/.test(address);
  const host = /^\[([^\]]*)\]/.exec(address)?.[1] ?? (isBareV6 ? address : address.replace(/:\d+$/, ''));
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|::ffff:127\.\S+)$/i.test(host.replace(/\.$/, ''));
}
