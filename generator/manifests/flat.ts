import { isRecord } from '../generate/fields.ts';

/** What is said in words that YAML takes for texts. */
const WORD = /^(apiVersion|kind|type): ([A-Za-z][\w./-]*)$/;

const MAP = /^(metadata|data):$/;

/** A JSON document on the line of its key. */
const MEMBER = /^ {2}(?:"([A-Za-z0-9.][\w.-]*)"|([A-Za-z][\w-]*)): (".*"|\{.*\})$/;

/**
 * An object as the chart writes Secrets: one thing on each line, at most two deep. Undefined for any other text, which a reader of YAML understands: that takes ten
 * times as long, and there are as many Secrets as services.
 */
export function readFlat(text: string): Record<string, unknown> | undefined {
  const object: Record<string, unknown> = {};
  let map: Record<string, unknown> | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, key = '', word] = WORD.exec(line) ?? MAP.exec(line) ?? [];
    if (key !== '' && !(key in object)) {
      map = word === undefined ? {} : undefined;
      object[key] = word ?? map;
    } else if (map === undefined || !addMember(map, line)) return undefined;
  }
  // A map with nothing below it is YAML's null.
  return Object.values(object).some(isEmpty) ? undefined : object;
}

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;

/** Whether the line is a member, and the first of its name. */
function addMember(map: Record<string, unknown>, line: string): boolean {
  const [, quoted, plain, json = ''] = MEMBER.exec(line) ?? [];
  const key = quoted ?? plain;
  if (key === undefined || key in map) return false;
  try {
    map[key] = JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
