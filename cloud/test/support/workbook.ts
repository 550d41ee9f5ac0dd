import { crc32, deflateRawSync } from 'node:zlib';

/** A zip of these parts, as programs that write workbooks make one. */
export function zip(parts: Readonly<Record<string, string | Buffer>>, lie: ZipLie = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(parts)) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const size = lie.size?.[name] ?? plain.length;
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(lie.encrypted ? 1 : 0x800, 2);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(crc32(plain), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(size, 18);
    head.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), head, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}

export interface ZipLie {
  /** What the archive says a part unpacks to. */
  readonly size?: Readonly<Record<string, number>>;
  readonly encrypted?: boolean;
}

export interface TestSheet {
  readonly name: string;
  readonly state?: 'hidden' | 'veryHidden';
  /** What stands in `<sheetData>`, and what follows it. */
  readonly data: string;
  readonly after?: string;
}

export interface TestWorkbook {
  readonly sheets: readonly TestSheet[];
  readonly strings?: readonly string[];
  readonly date1904?: boolean;
  /** Namespace prefix, as some programs write one. */
  readonly prefix?: string;
}

const NAMESPACE = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** Style 1 is a Thai date, style 2 a number with decimals. */
const STYLES = `<styleSheet xmlns="${NAMESPACE}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[$-D07041E]d/m/yyyy"/></numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="2"/></cellXfs></styleSheet>`;

export function workbookParts({
  sheets,
  strings = [],
  date1904,
  prefix,
}: TestWorkbook): Record<string, string> {
  const p = prefix === undefined ? '' : `${prefix}:`;
  const xmlns = prefix === undefined ? `xmlns="${NAMESPACE}"` : `xmlns:${prefix}="${NAMESPACE}"`;
  const list = sheets.map(
    ({ name, state }, i) =>
      `<${p}sheet name="${name}" sheetId="${i + 1}"${state ? ` state="${state}"` : ''} r:id="rId${i + 1}"/>`,
  );
  const relations = sheets.map(
    (_, i) =>
      `<Relationship Id="rId${i + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
  );
  const parts: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<?xml version="1.0" encoding="UTF-8"?><${p}workbook ${xmlns} xmlns:r="${RELATIONS}"><${p}workbookPr${date1904 ? ' date1904="1"' : ''}/><${p}sheets>${list.join('')}</${p}sheets></${p}workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${relations.join('')}</Relationships>`,
    'xl/styles.xml': STYLES,
  };
  if (strings.length > 0) {
    const items = strings.map((text) =>
      text.startsWith('<') ? text : `<t xml:space="preserve">${text}</t>`,
    );
    parts['xl/sharedStrings.xml'] =
      `<sst xmlns="${NAMESPACE}">${items.map((it) => `<si>${it}</si>`).join('')}</sst>`;
  }
  for (const [i, { data, after = '' }] of sheets.entries())
    parts[`xl/worksheets/sheet${i + 1}.xml`] =
      `<${p}worksheet ${xmlns}><${p}sheetData>${data}</${p}sheetData>${after}</${p}worksheet>`;
  return parts;
}

export const workbook = (of: TestWorkbook): Buffer => zip(workbookParts(of));

/** A row of inline texts and numbers: what is a number goes in as one. */
export function sheetRow(line: number, cells: readonly (string | number)[]): string {
  const xml = cells.map((cell, column) => {
    const reference = `${String.fromCharCode(65 + column)}${line}`;
    return typeof cell === 'number'
      ? `<c r="${reference}"><v>${cell}</v></c>`
      : `<c r="${reference}" t="inlineStr"><is><t>${cell}</t></is></c>`;
  });
  return `<row r="${line}">${xml.join('')}</row>`;
}
