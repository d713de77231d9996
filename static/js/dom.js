// Small helpers around the document.

// Markup from our own server as nodes.
export const fragment = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
};

// The beginning of a post's text, from its row or its card.
const EXCERPT = 120;
export const excerpt = (holder) => {
  const text = holder?.querySelector(".item-text, .card-text")?.textContent.trim() ?? "";
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
};

export const button = (label, run) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = label;
  element.addEventListener("click", run);
  return element;
};

// Opens a menu of choices and goes to its first one.
export const openMenu = (menu) => {
  if (!menu) return;
  menu.open = true;
  menu.querySelector(".menu-body").scrollIntoView({ block: "nearest" });
  menu.querySelector(".change-option").focus();
};
