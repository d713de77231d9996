// Styles that a page itself does without: loaded with the script that needs them.

export const styled = (name) =>
  new Promise((resolve) => {
    if (document.querySelector(`link[href*="${name}"]`)) return resolve(undefined);
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../css/${name}`, import.meta.url).href;
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve); // everything works without
    document.head.append(link);
  });
