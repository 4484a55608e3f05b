/* Cells and comments of CSV files. Excel, LibreOffice and Google Sheets compute a cell that begins with = + - or
   @, also after a tab or a line break: such a text gets an apostrophe before it. Numbers stay numbers.
   (fixviz/csv_files.py is the same for files that the server writes.) */

const NUMBER = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:inf|nan))$/;
const FORMULA = /^\s*[=+\-@\t\r\n]/;
// Where a cell would begin in a spreadsheet that separates by something else.
const INNER = /([,;\t])(?=["']?[=+\-@])/g;

/** A cell as it stands in the file, quoted where it has to be. */
export function csvCell(value) {
  const text = String(value);
  if (NUMBER.test(text)) return text;
  const apart = text.replace(INNER, "$1'");
  const safe = FORMULA.test(apart) ? `'${apart}` : apart;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line that begins with #, without its line end. */
export function csvComment(text) {
  return `# ${text.trim().replace(/\s+/g, " ").replace(INNER, "$1'")}`;
}
