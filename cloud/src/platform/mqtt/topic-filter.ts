/** Whether a filter (MQTT 3.1.1, §4.7) takes a topic in. */
export function matches(filter: string, topic: string): boolean {
  const [wanted, there] = [filter.split('/'), topic.split('/')];
  // §4.7.2: what begins with a $ is matched by name only.
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= there.length || (level !== '+' && level !== there[i])) return false;
  }
  return wanted.length === there.length;
}
