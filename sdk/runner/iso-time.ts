/** A bucket, in seconds since the epoch, for display: an ISO date, or the number when it is not a date. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
