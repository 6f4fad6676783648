/** Probes that have one id and other outputs on another release of Node than on Node 20, by that release. */
export const knownDifferences: Readonly<Record<string, readonly string[]>> = {
  22: [
    'whether a built-in of a newer release exists',
    'how many members the built-ins have',
    'helpers of iterators exist',
    'the message of text that is not JSON',
  ],
  24: [
    'whether a built-in of a newer release exists',
    'how many members the built-ins have',
    'helpers of iterators exist',
    'the message of text that is not JSON',
    'the message of a pattern that is not valid',
    'patterns that a newer release accepts',
  ],
};
