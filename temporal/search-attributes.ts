import { searchAttributes } from '../workflows/contract.js';

/** Name → type of every search attribute, for whoever prepares a server. */
export const searchAttributeTypes: Readonly<Record<string, 'Keyword'>> = Object.fromEntries(
  Object.values(searchAttributes).map((key) => [key.name, 'Keyword']),
);
