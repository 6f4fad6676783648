/**
 * Offset at which a text stops being JSON; undefined when it is JSON. Messages of the engine name the place in some cases only,
 * but distinguish a text that could go on from one that could not.
 */
export function jsonFaultOffset(text: string): number | undefined {
  if (canGoOn(text) === 'whole') return undefined;
  let [sound, faulty] = [0, text.length + 1];
  while (faulty - sound > 1) {
    const middle = Math.floor((sound + faulty) / 2);
    if (canGoOn(text.slice(0, middle)) === 'no') faulty = middle;
    else sound = middle;
  }
  return sound;
}

/** Whether a text is JSON, is the beginning of JSON, or neither. */
function canGoOn(text: string): 'whole' | 'yes' | 'no' {
  try {
    JSON.parse(text);
    return 'whole';
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(message)?.[1];
    return message.includes('end of JSON') || Number(position) >= text.length ? 'yes' : 'no';
  }
}
