/* Tells Streamlit where its server is, so that it need not try.

   Without it, Streamlit takes each page for a server of its own at first, whose requests fail. All pages are
   directly below the app's path. */
window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };
