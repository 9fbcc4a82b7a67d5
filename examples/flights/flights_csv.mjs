// The flights as CSV: node flights_csv.mjs PARQUET CSV. Row group by row group, so that memory
// stays small. Needs the npm packages hyparquet and fzstd (fetch.sh).
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { decompress } from 'fzstd'
import { parquetMetadata, parquetRead } from 'hyparquet'

const [parquet, csv] = process.argv.slice(2)
const columns = ['date', 'delay', 'distance', 'origin', 'destination']
const compressors = { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) }

const bytes = readFileSync(parquet)
const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
const metadata = parquetMetadata(file)

// 2001-01-01T00:01:00.000Z is 2001-01-01 00:01:00: the times have no zone, and whole seconds.
// The rows are in the order of time: most have the text of the one before.
let lastTime = NaN
let lastText = ''
function timeText(time) {
  if (time.getTime() !== lastTime) {
    lastTime = time.getTime()
    lastText = time.toISOString().slice(0, 19).replace('T', ' ')
  }
  return lastText
}

writeFileSync(csv, columns.join(',') + '\n')
let rowStart = 0
for (const group of metadata.row_groups) {
  const rowEnd = rowStart + Number(group.num_rows)
  const pages = Object.fromEntries(columns.map(name => [name, []]))
  const onChunk = ({ columnName, columnData }) => { pages[columnName].push(Array.from(columnData)) }
  await parquetRead({ file, metadata, compressors, columns, rowStart, rowEnd, onChunk })
  const [date, delay, distance, origin, destination] = columns.map(name => pages[name].flat())
  const lines = date.map((time, i) =>
    `${timeText(time)},${delay[i]},${distance[i]},${origin[i]},${destination[i]}\n`)
  appendFileSync(csv, lines.join(''))
  rowStart = rowEnd
}
