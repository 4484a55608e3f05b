/* Gives the start page the slash at the end of its URL, where a proxy asked the server for it without telling.

   Everything in the page is relative to that URL. */
if (!location.pathname.endsWith("/")) {
  location.replace(`${location.pathname}/${location.search}${location.hash}`);
}
