/* Links to what a class sees, and a plan of a class as plain data and as a link. */

/** @import { Entry, TeachData } from "./types.d.ts" */

/** Query parameters of the teacher's page: which view is open, of which lesson, and a plan that somebody shared. */
export const VIEW = "view";
export const LESSON = "lesson";
export const PLAN = "plan";

/** Pages that an entry of a plan can open, by the letter that stands for them in a link. */
const PAGES = { c: "course", w: "watch", t: "teach" };
const VERSION = 1;
/** More than a lesson lasts. */
const MOST_MINUTES = 600;
const MOST_ENTRIES = 100;
const MOST_TITLE = 200;

/**
 * The whole URL of a page of this home.
 *
 * @param {TeachData["urls"]} urls
 * @param {{ page: string, parameters: Record<string, string> }} entry
 * @param {string} here URL of this page
 * @param {string} address where students reach this home; empty for the address of this page
 */
export function linkOf(urls, { page, parameters }, here, address = "") {
  const url = new URL(urls[page], here);
  url.search = new URLSearchParams(parameters).toString();
  const base = readAddress(address);
  if (!base) return url.href;
  const root = rootOf(urls, here);
  const path = url.href.startsWith(root) ? url.href.slice(root.length) : url.href;
  return new URL(path, base).href;
}

/** The folder that all pages of this home are in. */
export function rootOf(urls, here) {
  return new URL(".", new URL(urls.start, here)).href;
}

/**
 * The address that a teacher wrote, as the URL of a folder; null where it is none.
 *
 * @param {string} text such as "192.168.1.20:8501" or "https://school.example/fixviz"
 */
export function readAddress(text) {
  const trimmed = text.trim();
  if (!trimmed) return null;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
    if (!["http:", "https:"].includes(url.protocol)) return null;
    const folder = url.pathname.replace(/[^/]*\.html$/, "").replace(/\/*$/, "/");
    return `${url.origin}${folder}`;
  } catch {
    return null;
  }
}

/** Whether only this computer itself can open a URL. */
export function isLocal(url) {
  const { hostname, protocol } = new URL(url);
  return (
    protocol === "file:" ||
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    hostname === "0.0.0.0" ||
    /^127\./.test(hostname)
  );
}

/**
 * What a plan says, checked: an entry that makes no sense is left out.
 *
 * @param {any} list
 * @returns {Entry[]}
 */
export function cleanPlan(list) {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_ENTRIES).flatMap((entry) => {
    if (typeof entry?.title !== "string") return [];
    const known = entry.page === null || Object.values(PAGES).includes(entry.page);
    if (!known) return [];
    const parameters = Object.entries(entry.parameters ?? {});
    if (parameters.some(([, value]) => typeof value !== "string")) return [];
    return [
      {
        title: entry.title.slice(0, MOST_TITLE),
        minutes: minutesOf(entry.minutes),
        page: entry.page,
        parameters: /** @type {Record<string, string>} */ (Object.fromEntries(parameters)),
      },
    ];
  });
}

/** Whole minutes; 0 for what is none. */
export function minutesOf(value) {
  const number = Math.round(Number(value));
  return number > 0 ? Math.min(number, MOST_MINUTES) : 0;
}

/** The minutes of all entries. */
export const totalOf = (plan) => plan.reduce((sum, { minutes }) => sum + minutes, 0);

/**
 * A plan as the value of a query parameter.
 *
 * @param {Entry[]} plan
 */
export function packPlan(plan) {
  const letters = Object.fromEntries(Object.entries(PAGES).map(([letter, page]) => [page, letter]));
  const rows = plan.map(({ title, minutes, page, parameters }) =>
    page
      ? [title, minutes, letters[page], new URLSearchParams(parameters).toString()]
      : [title, minutes],
  );
  const bytes = new TextEncoder().encode(JSON.stringify([VERSION, rows]));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Read what `packPlan` made.
 *
 * @param {string} text
 * @returns {Entry[] | null} null where it is no plan
 */
export function unpackPlan(text) {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const [version, rows] = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (version !== VERSION || !Array.isArray(rows)) return null;
    return cleanPlan(
      rows.map(([title, minutes, letter, query]) => ({
        title,
        minutes,
        page: letter === undefined ? null : PAGES[letter],
        parameters: Object.fromEntries(new URLSearchParams(query)),
      })),
    );
  } catch {
    return null;
  }
}

/**
 * A class of 45 minutes to start from: the quiz and two lessons on the phones, the rest on the projector.
 *
 * @param {object} names
 * @param {string} names.language
 * @param {string} names.sample
 * @param {Record<string, string>} names.lessons title of each lesson
 * @param {(key: string, values?: object) => string} names.words
 * @returns {Entry[]}
 */
export function readyPlan({ language, sample, lessons, words }) {
  const entry = (minutes, title, page, parameters) => ({
    title,
    minutes,
    page,
    parameters: page ? { ...parameters, lang: language } : {},
  });
  return [
    entry(6, words("quiz_before"), "course", { lesson: "quiz", step: "before" }),
    entry(4, words("teach_ready_watch"), "watch", { sample, present: "1" }),
    entry(8, lessons.tokens, "course", { lesson: "tokens" }),
    entry(10, lessons.softmax, "course", { lesson: "softmax" }),
    entry(6, lessons.price, "course", { lesson: "price", step: "which", present: "1" }),
    entry(4, words("teach_ready_talk"), null, {}),
    entry(7, words("quiz_after"), "course", { lesson: "quiz", step: "after" }),
  ];
}
