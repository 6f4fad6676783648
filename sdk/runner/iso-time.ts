/** A bucket for people; `seconds` since the epoch. What is no date is shown as it is. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
