/* Tells the browser which language is spoken where, and keeps the visitor's choice for the next visit.

   The navigation may be in another language than the page: a screen reader has to change its voice. */

const YEAR_S = 31_536_000;

/**
 * @param {object} component
 * @param {{ page: string, navigation: string, names: Record<string, string>, cookie: string | null,
 *   lasting: boolean }} component.data
 */
export default function ({ data }) {
  document.documentElement.lang = data.page;
  const sidebar = document.querySelector('[data-testid="stSidebar"]');
  sidebar?.setAttribute("lang", data.navigation);
  for (const button of sidebar?.querySelectorAll(".st-key-language :is(button, label)") ?? []) {
    const language = data.names[button.textContent.trim()];
    if (language) button.setAttribute("lang", language);
  }
  if (data.cookie) {
    const life = data.lasting ? `; max-age=${YEAR_S}` : "";
    document.cookie = `${data.cookie}=${data.navigation}; path=/; samesite=lax${life}`;
  }
}
