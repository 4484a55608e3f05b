/* Tells the browser which language is spoken where, and keeps the visitor's choice for the next visit.

   The navigation may be in another language than the page: a screen reader has to change its voice. */

const YEAR_S = 31_536_000;

/**
 * @param {object} component
 * @param {{ page: string, navigation: string, names: Record<string, string>, cookie: string | null,
 *   lasting: boolean, embedded: boolean }} component.data
 */
export default function ({ data }) {
  document.documentElement.lang = data.page;
  const sidebar = document.querySelector('[data-testid="stSidebar"]');
  sidebar?.setAttribute("lang", data.navigation);
  for (const button of sidebar?.querySelectorAll(".st-key-language :is(button, label)") ?? []) {
    const language = data.names[button.textContent.trim()];
    if (language) button.setAttribute("lang", language);
  }
  if (data.cookie) keep(data);
}

/**
 * Write the cookie, for the app's own path. Where other sites may show the app in a frame, it is one that
 * is there in a frame too, if the browser takes it.
 */
function keep({ cookie, navigation, lasting, embedded }) {
  const kinds = ["; samesite=none; secure; partitioned", "; samesite=lax"];
  // The two do not replace each other.
  for (const kind of kinds) document.cookie = `${cookie}=; max-age=0${kind}`;
  const value = `${cookie}=${navigation}`;
  const life = lasting ? `; max-age=${YEAR_S}` : "";
  if (embedded) document.cookie = value + kinds[0] + life;
  if (document.cookie.split("; ").includes(value)) return;
  document.cookie = value + kinds[1] + life + (location.protocol === "https:" ? "; secure" : "");
}
