// Small helpers around the document.

// Markup from our own server as nodes.
export const fragment = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
};

export const button = (label, run) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = label;
  element.addEventListener("click", run);
  return element;
};
