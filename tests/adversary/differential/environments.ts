/** Two places in which text and local time are unlike each other. */
export const environments = {
  'New York, Turkish': { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  'Seoul, C': { TZ: 'Asia/Seoul', LANG: 'C', LC_ALL: 'C' },
} as const;
