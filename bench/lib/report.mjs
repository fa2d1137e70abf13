// Numbers to text: medians with their range, tables, and the page they are kept in.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function format(value) {
  if (value === null || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

// "10.4 (10.1–11.6)"
export function withRange(values) {
  if (values.length === 1) return format(values[0]);
  const range = `${format(Math.min(...values))}–${format(Math.max(...values))}`;
  return `${format(median(values))} (${range})`;
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function machine() {
  const model = os.cpus()[0]?.model ?? 'unknown CPU';
  return `${model}, ${os.cpus().length} cores, Linux ${os.release()}`;
}

// Puts each section between its markers in the page; everything else there is written by people.
export function writeInto(path, sections) {
  let page = readFileSync(path, 'utf8');
  for (const [name, text] of Object.entries(sections)) {
    const from = `<!-- bench:${name} -->`;
    const to = `<!-- /bench:${name} -->`;
    const start = page.indexOf(from);
    const end = page.indexOf(to);
    if (start < 0 || end < start) throw new Error(`${path} has no place for ${name}`);
    page = `${page.slice(0, start + from.length)}\n${text.trim()}\n${page.slice(end)}`;
  }
  writeFileSync(path, page);
}
