import sax from 'sax';
import { tableError } from '../../kernel/tables/table.errors.ts';

export interface XmlHandlers {
  /** Names without their prefix: programs differ in those. */
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);
const MAX_DEPTH = 64;

/**
 * Feeds XML to handlers in the pieces in which it comes. A document type is refused, so that no entity can unfold;
 * texts arrive in pieces of bounded size.
 */
export async function* xmlEvents(
  bytes: AsyncIterable<Uint8Array>,
  handlers: XmlHandlers,
): AsyncGenerator<void> {
  const xml = sax.parser(true, { position: false, trim: false, normalize: false });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let depth = 0;
  xml.onopentag = ({ name, attributes }) => {
    depth += 1;
    if (depth > MAX_DEPTH) throw broken('its elements are nested too deep');
    handlers.open?.(local(name), attributes as Readonly<Record<string, string>>);
  };
  xml.onclosetag = (name) => {
    depth -= 1;
    handlers.close?.(local(name));
  };
  xml.ontext = (text) => handlers.text?.(text);
  xml.oncdata = (text) => handlers.text?.(text);
  xml.ondoctype = () => {
    throw broken('it declares a document type');
  };
  xml.onerror = (error) => {
    throw broken(error.message.split('\n', 1)[0] ?? 'it is not well-formed', error);
  };
  for await (const chunk of bytes) {
    xml.write(decode(decoder, chunk));
    yield;
  }
  xml.close();
  yield;
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw broken('it is not UTF-8', error);
  }
}

function broken(why: string, cause?: unknown) {
  return tableError('import_file_unreadable', {
    message: `the workbook cannot be read: ${why}`,
    ...(cause !== undefined && { cause }),
  });
}
