/* How a component of Streamlit comes onto a page. */

/**
 * Make the function with which Streamlit shows or updates a component: one view for each place in the page, kept
 * across reruns of the app. The function returns another, which removes the view.
 *
 * @param {new (parent: any) => { update: (component: any, ...more: any[]) => void, close: () => void }} View
 * @returns {(component: any, ...more: any[]) => () => void} the first argument is what Streamlit gives, with
 *   `parentElement` and `data`; all are handed on to the view's `update`
 */
export function mountOf(View) {
  const mounted = new WeakMap();
  return (component, ...more) => {
    const parent = component.parentElement;
    if (!mounted.has(parent)) mounted.set(parent, new View(parent));
    const view = mounted.get(parent);
    view.update(component, ...more);
    return () => {
      view.close();
      mounted.delete(parent);
    };
  };
}
